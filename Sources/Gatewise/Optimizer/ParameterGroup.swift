/// Parameters that are treated apart: with another learning rate, another weight decay, or not at all.
///
/// Parameters in no group take the optimizer's settings.
public struct ParameterGroup: Sendable, Equatable, Codable {
  /// Where the parameters lie in the flat vector; `ParameterLayout` gives a tensor's range.
  public var ranges: [Range<Int>]
  /// A factor of the learning rate, ≥ 0.
  public var learningRateScale: Double
  /// The weight decay, ≥ 0; nil takes the optimizer's.
  public var weightDecay: Double?
  /// Whether the parameters keep their bits. Their gradients then count nothing in the norm, and their moments rest.
  public var isFrozen: Bool

  /// A group that differs in nothing unless told otherwise.
  public init(
    ranges: [Range<Int>], learningRateScale: Double = 1, weightDecay: Double? = nil, isFrozen: Bool = false
  ) {
    self.ranges = ranges
    self.learningRateScale = learningRateScale
    self.weightDecay = weightDecay
    self.isFrozen = isFrozen
  }

  func validate() throws(GatewiseError) {
    try require(
      learningRateScale >= 0 && learningRateScale.isFinite, "learning rate scale of a parameter group",
      learningRateScale, "a finite number of at least 0")
    if let weightDecay {
      try require(
        weightDecay >= 0 && weightDecay.isFinite, "weight decay of a parameter group", weightDecay,
        "a finite number of at least 0")
    }
  }
}

/// A run of neighbouring parameters that are updated alike.
struct ParameterRun: Sendable, Equatable {
  var range: Range<Int>
  var learningRateScale: Double
  var weightDecay: Double?

  /// All parameters that are not frozen, in the order of the flat vector.
  ///
  /// - Throws: `GatewiseError.invalidArgument` where a range lies outside the parameters or two overlap.
  static func runs(of groups: [ParameterGroup], parameterCount: Int) throws(GatewiseError) -> [ParameterRun] {
    var grouped: [(range: Range<Int>, group: ParameterGroup)] = []
    for group in groups {
      try group.validate()
      for range in group.ranges where !range.isEmpty {
        guard range.lowerBound >= 0, range.upperBound <= parameterCount else {
          throw .invalidArgument(
            "A parameter group names the range \(range), but the parameters are 0..<\(parameterCount).")
        }
        grouped.append((range, group))
      }
    }
    grouped.sort { $0.range.lowerBound < $1.range.lowerBound }

    var runs: [ParameterRun] = []
    var end = 0
    for (index, (range, group)) in grouped.enumerated() {
      guard range.lowerBound >= end else {
        throw .invalidArgument(
          "The ranges \(grouped[index - 1].range) and \(range) of parameter groups overlap; a parameter belongs to one "
            + "group at most.")
      }
      if end < range.lowerBound { runs.append(ParameterRun(range: end..<range.lowerBound, learningRateScale: 1)) }
      if !group.isFrozen {
        runs.append(
          ParameterRun(range: range, learningRateScale: group.learningRateScale, weightDecay: group.weightDecay))
      }
      end = range.upperBound
    }
    if end < parameterCount { runs.append(ParameterRun(range: end..<parameterCount, learningRateScale: 1)) }
    return runs
  }

  /// This run as pieces of at most `length` parameters.
  func pieces(length: Int) -> [ParameterRun] {
    stride(from: range.lowerBound, to: range.upperBound, by: length).map { start in
      var piece = self
      piece.range = start..<Swift.min(start + length, range.upperBound)
      return piece
    }
  }
}
