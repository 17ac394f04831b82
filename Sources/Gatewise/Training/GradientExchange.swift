/// The summation of a gradient over a group of processes, layer by layer while the layers below still run their
/// backward pass.
///
/// The parts are sent in the same order in every process: the readout, the layers from the highest, the rest. A process
/// that has no sequence of a batch, and so no gradient, sends zeros.
///
/// The gradient is computed in memory that only the exchange owns. After an interrupted sum the transport may still
/// write to this memory at any later time, even when trainer and exchange no longer exist: the memory is then
/// abandoned, neither used nor freed again, and the next gradient gets new memory.
@safe
final class GradientExchange<S: Scalar> {
  private let group: any ProcessGroup
  /// The parts as ranges of the flat vector, in the order in which they are sent.
  private let parts: [Range<Int>]
  /// For every layer, the number of parts that can be sent once the layers from the highest down to it are complete.
  private let partsWithLayer: [Int]
  private var sent = 0
  /// The memory of the gradient, `[P]`; nil until first use, and after it was abandoned.
  private var memory: UnsafeMutableBufferPointer<S>?
  /// Whether sums were started that have not finished.
  private var isOpen = false
  private let count: Int

  init(_ layout: ParameterLayout, group: any ProcessGroup) {
    self.group = group
    let starts = layout.layerStarts
    let layers = starts.count - 1
    count = layout.count
    let readout = layout.readout.map { $0.weights..<layout.count } ?? layout.count..<layout.count
    parts =
      [readout] + (0..<layers).reversed().map { starts[$0]..<starts[$0 + 1] }
      + [0..<starts[0], starts[layers]..<readout.lowerBound]
    partsWithLayer = (0..<layers).map { layers - $0 + 1 }
  }

  deinit {
    if !isOpen { unsafe memory?.deallocate() }
  }

  /// Computes a gradient and replaces it by its sum over all processes.
  ///
  /// - Parameter compute: computes the gradient `[P]`, and calls the closure it is given with each layer whose
  ///   gradients are complete, if sums may start during the backward pass.
  func sum(into gradients: inout [S], _ compute: (VectorView<S>, ((Int) -> Void)?) -> Void) throws {
    compute(begin(), group.overlaps ? { self.send(self.partsWithLayer[$0]) } : nil)
    send(parts.count)
    try group.finishSums()
    finish(into: &gradients)
  }

  /// Returns the weight and the number of steps of a batch, summed over the shares of all processes.
  func whole(weight: Double, rows: Int) throws -> (weight: Double, rows: Int) {
    var numbers = [weight, Double(rows)]
    try group.sums(of: &numbers)
    return (numbers[0], Int(numbers[1]))
  }

  /// Returns the loss summed over all shares; its weight is already that of the whole batch.
  func whole(_ sum: LossSum) throws -> LossSum {
    var (whole, losses) = (sum, [sum.weightedLoss])
    try group.sums(of: &losses)
    whole.weightedLoss = losses[0]
    return whole
  }

  /// Returns, in all processes, the problem of the first process that has one.
  func firstProblem(_ problem: GatewiseError?) throws -> GatewiseError? {
    let own = Array("\(problem.map { "\($0)" } ?? "")".utf8)
    var counts = [Double](repeating: 0, count: group.count)
    counts[group.rank] = Double(own.count)
    try group.sums(of: &counts)
    guard let first = counts.firstIndex(where: { $0 > 0 }) else { return nil }
    var text = first == group.rank ? own.map(Double.init) : Array(repeating: 0, count: Int(counts[first]))
    try group.sums(of: &text)
    return .notFinite(
      "\(String(decoding: text.map { UInt8($0) }, as: UTF8.self)) It occurred in the share of process \(first).")
  }

  /// Starts the next gradient.
  ///
  /// - Returns: the memory for the gradient, `[P]`.
  private func begin() -> VectorView<S> {
    sent = 0
    // The sums of the last gradient were interrupted: abandon the memory.
    if isOpen { unsafe (memory, isOpen) = (nil, false) }
    if unsafe memory == nil {
      unsafe memory = .allocate(capacity: max(count, 1))
      unsafe memory!.initialize(repeating: 0)
    }
    return unsafe VectorView(memory!.baseAddress!, count: count)
  }

  /// Copies the finished sums, which are the gradient, to `gradients`.
  private func finish(into gradients: inout [S]) {
    isOpen = false
    gradients.withMutableView { unsafe $0.copy(from: VectorView(memory!.baseAddress!, count: count)) }
  }

  /// Sends the parts up to a number that have not been sent yet.
  private func send(_ end: Int) {
    while sent < end {
      let part = parts[sent]
      if !part.isEmpty {
        isOpen = true
        unsafe group.beginSum(UnsafeMutableBufferPointer(rebasing: memory![part]))
      }
      sent += 1
    }
  }
}
