/// How a rule cuts a window of T steps, and what going back in parts takes.
struct WindowCut {
  /// T
  let steps: Int
  /// Steps that the workspace holds at a time.
  let held: Int
  /// The most steps of a segment.
  let segment: Int
  private let isTruncated: Bool

  init(_ rule: any GradientRule, steps: Int) {
    self.steps = steps
    held = min(steps, rule._segment ?? steps)
    segment = min(held, rule._truncation?.every ?? held)
    isTruncated = rule._truncation != nil
  }

  /// Whether a window of the most steps has more than one segment.
  var isInParts: Bool { segment < steps }

  /// States that are saved: in front of every segment, and behind the last.
  var places: Int { isInParts ? Segments.count(steps: steps, length: segment) + 1 : 0 }

  /// Numbers that a pass for gradients has beside its workspace's, in floating point as sizes may be absurd.
  ///
  /// - Parameter rows: of the fullest segment; nil where that may have T·N.
  func count(
    _ configuration: LSTMConfiguration, batchSize: Double, rows: Int?, rule: any GradientRule, threads: Int,
    wantsInputError: Bool
  ) -> Double {
    let rows = rows.map { Double($0) } ?? Double(held) * batchSize
    let ofRule = rule._count(configuration, rows: rows, threads: threads, wantsInputError: wantsInputError)
    guard isInParts else { return ofRule }
    let states = configuration.hiddenStateSizes + configuration.cellStateSizes + configuration.gateStateSizes
    let state = batchSize * states.reduce(0) { $0 + Double($1) }
    return ofRule + (Double(places) + (isTruncated ? 2 : 0)) * state + configuration.parameterCount
  }
}
