/// The gate activations of step t-1 as inputs of step t, as in the LSTM of 1997.
final class GateRecurrence<S: Scalar> {
  private let weights: WeightMatrix<S>
  private let openWeights: OpenRecurrence<S>
  private let activations: StatePart<S>
  private let rows: PlannedBuffer<S>
  private let window: Window<S>

  /// Makes the stage; nil if gate activations are no inputs.
  init?(
    _ memory: DirectionMemory<S>, _ shape: EngineShape<S>, window: Window<S>, products: Products<S>, plan: MemoryPlan
  ) {
    let layer = memory.layer
    guard let place = layer.gateWeights, let activations = memory.gateActivations else { return nil }
    (self.activations, self.window) = (activations, window)
    weights = products.matrix(
      at: place, inputs: layer.columns.gateCount, outputs: layer.columns.count,
      use: "weights of gate activations", plan: plan)
    openWeights = OpenRecurrence("open columns of U", inputs: layer.columns.gateCount, layer, shape, plan: plan)
    // Those of the step before are copied together if sequences differ in length; R1 lays their errors out.
    let isNeeded = shape.trains && (shape.sequences.areUneven || shape.paths.below == .current)
    let G = Double(layer.columns.gateCount)
    rows = plan.shared("gate activations by row") { isNeeded ? $0.rows * G : 0 }
  }

  /// The recurrence of a forward pass.
  func makeForward(_ parameters: ParameterVector<S>) -> GateRecurrencePass<S> {
    GateRecurrencePass(weights: weights.forward(parameters), rows: activations.all)
  }

  /// The recurrence of a backward pass.
  func makeBackward(_ pass: BackwardPass<S>) -> GateRecurrencePass<S> {
    GateRecurrencePass(
      weights: openWeights.weights(weights.matrix(in: pass.parameters.values)).map {
        weights.transposed(pass.parameters, copy: $0)
      },
      rows: activations.carriedError)
  }

  /// dU over all steps.
  func sumWeights(_ delta: MatrixView<S>, products: Products<S>, into gradients: VectorView<S>) {
    products.sum(.rows(activations.previous { byRow }), delta, into: weights.matrix(in: gradients))
  }

  private var byRow: MatrixView<S> { rows.matrix(rows: window.rows, columns: activations.width) }

  /// ∂E/∂ the gate activations after the last steps by row: `[rows, G]`, zero at all other steps.
  func lastErrors() -> MatrixView<S> {
    let (packing, errors, carried) = (window.packing, byRow, activations.carriedError)
    errors.fill(0)
    for n in 0..<window.batchSize where packing.lengths[n] > 0 {
      errors[packing.offset[packing.lengths[n] - 1] + n].copy(from: carried[n])
    }
    return errors
  }
}

/// The recurrence of gate activations during a pass.
struct GateRecurrencePass<S: Scalar> {
  /// U `[G, C]`, or Uᵀ on the way back; nil if no error comes back through it.
  let weights: RightFactor<S>?
  /// `[N + rows, G]`: the activations; on the way back `[N, G]`: the error of those of the step before, packed.
  let rows: MatrixView<S>

  /// Adds activations·U of the rows from `row` on to the pre-activations `a`.
  func forward(row: Int, into a: MatrixView<S>) {
    weights!.multiply(rows.rows(from: row, count: a.rows), into: a, adding: true)
  }

  /// Computes the error of the activations that a step has read, δ·Uᵀ, or zeros if that path is cut.
  func backward(_ delta: MatrixView<S>, first: Int) {
    let errors = rows.rows(from: first, count: delta.rows)
    guard let weights else { return errors.fill(0) }
    weights.multiply(delta, into: errors, adding: false)
  }
}
