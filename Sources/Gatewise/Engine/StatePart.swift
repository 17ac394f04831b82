/// One part of a direction's recurrent state: h, c, or the gate activations that are inputs of the next step.
///
/// It connects the state outside a window, in the caller's order, with the packed rows of the window, and their errors.
final class StatePart<S: Scalar> {
  let width: Int
  private let window: Window<S>
  /// Whether the states of all steps are kept; otherwise only the running state.
  private let keepsSteps: Bool
  private let rows: PlannedBuffer<S>
  private let outside: PlannedBuffer<S>
  private let outsideError: PlannedBuffer<S>
  private let carried: PlannedBuffer<S>
  /// Where the rows after each step are instead, `[rows, width]`: the caller's tensor, during one call.
  var callerOutput: UnsafeMutablePointer<S>?

  /// - Parameters:
  ///   - direction: 0 or 1: the layers of one direction share the memory for the carried error.
  ///   - keepsSteps: whether the states of all steps are kept.
  init(
    _ name: String, width: Int, direction: Int, keepsSteps: Bool, trains: Bool, window: Window<S>, plan: MemoryPlan
  ) {
    (self.width, self.keepsSteps, self.window) = (width, keepsSteps, window)
    let width = Double(width)
    rows = plan.buffer(name) { ($0.sequences + (keepsSteps ? $0.rows : 0)) * width }
    outside = plan.buffer("\(name), state") { $0.sequences * width }
    outsideError = plan.buffer("\(name), error of the state") { trains ? $0.sequences * width : 0 }
    let kind = name.prefix { $0 != "_" }
    carried = plan.shared("carried error of \(kind), direction \(direction)") { trains ? $0.sequences * width : 0 }
  }

  /// `[N + rows, width]`: the state before the first step, then the states after each step, packed; `[N, width]`, the
  /// running state, if steps are not kept.
  var all: UnsafeMutablePointer<S> { rows.base }
  /// `[rows, width]`: the states after each step.
  var steps: UnsafeMutablePointer<S> { callerOutput ?? rows.base + window.batchSize * width }
  /// `[N, width]` in the caller's order: the state before a window, after its pass the state after each sequence's own
  /// last step.
  var state: UnsafeMutablePointer<S> { outside.base }
  /// `[N, width]` in the caller's order: the error of the state after the last steps, after a backward pass that of the
  /// state before the first.
  var error: UnsafeMutablePointer<S> { outsideError.base }
  /// `[N, width]`, packed: the same during a backward pass.
  var carriedError: UnsafeMutablePointer<S> { carried.base }

  /// Copies the state before the window to the rows.
  func gather() {
    for n in 0..<window.batchSize {
      (all + n * width).update(from: state + window.packing.order[n] * width, count: width)
    }
  }

  /// Copies the state after each sequence's own last step from the rows.
  func scatter() {
    let packing = window.packing
    for n in 0..<window.batchSize where packing.lengths[n] > 0 {
      let last = keepsSteps ? steps + (packing.offset[packing.lengths[n] - 1] + n) * width : all + n * width
      (state + packing.order[n] * width).update(from: last, count: width)
    }
  }

  /// Copies the error of the last states to packed order.
  func gatherError() {
    for n in 0..<window.batchSize {
      (carriedError + n * width).update(from: error + window.packing.order[n] * width, count: width)
    }
  }

  /// Copies the error of the initial states from packed order.
  func scatterError() {
    for n in 0..<window.batchSize {
      (error + window.packing.order[n] * width).update(from: carriedError + n * width, count: width)
    }
  }

  /// The states before each step, `[rows, width]`: the same rows one step earlier if all sequences are equally long,
  /// otherwise copied to `memory`.
  func previous(copiedTo memory: () -> UnsafeMutablePointer<S>) -> UnsafePointer<S> {
    let packing = window.packing
    if packing.isUniform { return UnsafePointer(all) }
    let previous = memory()
    for t in 0..<packing.steps {
      (previous + packing.offset[t] * width).update(
        from: all + packing.stateRow(before: t) * width, count: packing.active[t] * width)
    }
    return UnsafePointer(previous)
  }

  /// Sets the state of all sequences to a learned one, `[width]`, or to zero.
  func reset(to learned: UnsafePointer<S>?) {
    for n in 0..<window.batchSize {
      let row = state + n * width
      if let learned { row.update(from: learned, count: width) } else { row.update(repeating: 0, count: width) }
    }
  }

  func clearError() { outsideError.zero() }

  func set(_ elements: [S]) { copy(elements, to: state) }
  func setError(_ elements: [S]) { copy(elements, to: error) }
  var tensor: Tensor<S> { tensor(of: state) }
  var errorTensor: Tensor<S> { tensor(of: error) }

  private func copy(_ elements: [S], to target: UnsafeMutablePointer<S>) {
    elements.withUnsafeBufferPointer { if let source = $0.baseAddress { target.update(from: source, count: $0.count) } }
  }

  private func tensor(of source: UnsafePointer<S>) -> Tensor<S> {
    var tensor = Tensor<S>(repeating: 0, shape: [window.batchSize, width])
    tensor.elements.withUnsafeMutableBufferPointer { $0.baseAddress?.update(from: source, count: $0.count) }
    return tensor
  }
}
