/// What one direction of a layer keeps of a window: its gates and its states, packed as `SequencePacking` says.
final class DirectionMemory<S: Scalar> {
  let layer: LayerParameters
  /// Whether gates and cells of every step are kept, for a backward pass or to be shown.
  let keepsSteps: Bool
  private let window: Window<S>
  private let activations: PlannedBuffer<S>
  /// y: h, or the P outputs that replace it.
  let hidden: StatePart<S>
  /// c
  let cells: StatePart<S>
  /// The gate activations that are inputs of the next step; nil if none are.
  let gateActivations: StatePart<S>?
  private let wholeBias: PlannedBuffer<S>

  init(_ layer: LayerParameters, _ shape: EngineShape<S>, window: Window<S>, plan: MemoryPlan) {
    (self.layer, self.window) = (layer, window)
    keepsSteps = shape.keepsSteps
    let (C, keepsSteps, d) = (Double(layer.columns.count), shape.keepsSteps, layer.isReverse ? 1 : 0)
    activations = plan.buffer("gates\(layer.suffix)") { keepsSteps ? $0.rows * C : 0 }
    func part(_ name: String, width: Int, keepsSteps: Bool) -> StatePart<S> {
      StatePart(
        name + layer.suffix, width: width, direction: d, keepsSteps: keepsSteps, trains: shape.trains, window: window,
        plan: plan)
    }
    hidden = part("h", width: layer.outputSize, keepsSteps: true)
    cells = part("c", width: layer.hiddenSize, keepsSteps: keepsSteps)
    gateActivations =
      layer.gateWeights.map { _ in part("activations", width: layer.columns.gateCount, keepsSteps: true) }
    let isFull = layer.bias.isFull
    wholeBias = plan.buffer("bias\(layer.suffix)") { _ in isFull ? 0 : C }
  }

  /// `[rows, C]`: pre-activations, then activations i f g o, then, in a backward pass, the deltas δ. Only if steps are
  /// kept.
  var gates: MatrixView<S> { activations.matrix(rows: window.rows, columns: layer.columns.count) }

  /// b of all columns, `[C]`, with zeros for columns without a bias.
  func bias(_ parameters: ParameterVector<S>) -> VectorView<S> {
    layer.bias.expanded(parameters.values, in: wholeBias.vector)
  }

  /// Where db of all columns is summed, `[C]`.
  func biasGradient(in gradients: VectorView<S>) -> VectorView<S> {
    layer.bias.isFull ? gradients.vector(at: layer.bias.offset, count: layer.bias.columns) : wholeBias.vector
  }

  /// Calls `body` with h, c and, if they are inputs of the next step, the gate activations.
  func forEachStatePart(_ body: (StatePart<S>) -> Void) {
    body(hidden)
    body(cells)
    if let gateActivations { body(gateActivations) }
  }

  /// The number of elements of a sequence's state.
  var stateSize: Int { hidden.width + cells.width + (gateActivations?.width ?? 0) }
}
