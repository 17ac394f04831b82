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
  var callerOutput: MatrixView<S>?

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
  var all: MatrixView<S> {
    rows.matrix(rows: window.batchSize + (keepsSteps ? window.rows : 0), columns: width)
  }
  /// `[rows, width]`: the states after each step.
  var steps: MatrixView<S> {
    callerOutput ?? rows.matrix(at: window.batchSize * width, rows: window.rows, columns: width)
  }
  /// `[N, width]` in the caller's order: the state before a window, after its pass the state after each sequence's own
  /// last step.
  var state: MatrixView<S> { outside.matrix(rows: window.batchSize, columns: width) }
  /// `[N, width]` in the caller's order: the error of the state after the last steps, after a backward pass that of the
  /// state before the first.
  var error: MatrixView<S> { outsideError.matrix(rows: window.batchSize, columns: width) }
  /// `[N, width]`, packed: the same during a backward pass.
  var carriedError: MatrixView<S> { carried.matrix(rows: window.batchSize, columns: width) }

  /// Copies the state before the window to the rows.
  func gather() { copyToPacked(state, all) }

  /// Copies the state after each sequence's own last step from the rows.
  func scatter() {
    let (packing, state) = (window.packing, state)
    let last = keepsSteps ? steps : all
    for n in 0..<window.batchSize where packing.lengths[n] > 0 {
      state[packing.order[n]].copy(from: last[keepsSteps ? packing.offset[packing.lengths[n] - 1] + n : n])
    }
  }

  /// Copies the error of the last states to packed order.
  func gatherError() { copyToPacked(error, carriedError) }

  /// Copies the error of the initial states from packed order.
  func scatterError() {
    let (error, carriedError) = (error, carriedError)
    for n in 0..<window.batchSize { error[window.packing.order[n]].copy(from: carriedError[n]) }
  }

  private func copyToPacked(_ outside: MatrixView<S>, _ packed: MatrixView<S>) {
    for n in 0..<window.batchSize { packed[n].copy(from: outside[window.packing.order[n]]) }
  }

  /// The states before each step, `[rows, width]`: the same rows one step earlier if all sequences are equally long,
  /// otherwise copied to `memory`.
  func previous(copiedTo memory: () -> MatrixView<S>) -> MatrixView<S> {
    let (packing, all) = (window.packing, all)
    if packing.isUniform { return all.rows(0..<packing.rows) }
    let previous = memory()
    for t in 0..<packing.steps {
      previous.rows(from: packing.offset[t], count: packing.active[t]).elements.copy(
        from: all.rows(from: packing.stateRow(before: t), count: packing.active[t]).elements)
    }
    return previous
  }

  /// Sets the state of all sequences to a learned one, `[width]`, or to zero.
  func reset(to learned: VectorView<S>?) {
    guard let learned else { return state.fill(0) }
    for n in 0..<window.batchSize { state[n].copy(from: learned) }
  }

  func clearError() { outsideError.zero() }

  func set(_ elements: [S]) { elements.withView { state.elements.copy(from: $0) } }
  func setError(_ elements: [S]) { elements.withView { error.elements.copy(from: $0) } }
  var tensor: Tensor<S> { tensor(of: state) }
  var errorTensor: Tensor<S> { tensor(of: error) }

  private func tensor(of source: MatrixView<S>) -> Tensor<S> {
    var tensor = Tensor<S>(repeating: 0, shape: [window.batchSize, width])
    tensor.elements.withMutableView { $0.copy(from: source.elements) }
    return tensor
  }
}
