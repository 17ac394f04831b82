/// The gate activations of step t-1 as inputs of step t, as in the LSTM of 1997.
final class GateRecurrence<S: Scalar> {
  private let weights: WeightMatrix<S>
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
    // Those of the step before are copied together if sequences differ in length; R1 lays their errors out.
    let isNeeded = shape.trains && (shape.sequences.areUneven || shape.paths.below == .current)
    let G = Double(layer.columns.gateCount)
    rows = plan.shared("gate activations by row") { isNeeded ? $0.rows * G : 0 }
  }

  /// The recurrence of a forward pass.
  func makeForward(_ parameters: ParameterVector<S>) -> GateRecurrencePass<S> {
    GateRecurrencePass(weights: weights.forward(parameters), count: activations.width, rows: activations.all)
  }

  /// The recurrence of a backward pass.
  func makeBackward(_ pass: BackwardPass<S>) -> GateRecurrencePass<S> {
    GateRecurrencePass(
      weights: pass.paths.throughRecurrence ? weights.transposed(pass.parameters) : nil, count: activations.width,
      rows: activations.carriedError)
  }

  /// dU over all steps.
  func sumWeights(_ delta: UnsafePointer<S>, products: Products<S>, into gradients: UnsafeMutablePointer<S>) {
    products.sum(
      .rows(activations.previous { rows.base }), width: activations.width, delta, columns: weights.outputs,
      rows: window.packing.rows, into: gradients + weights.place)
  }

  /// ∂E/∂ the gate activations after the last steps by row: `[rows, G]`, zero at all other steps.
  func lastErrors() -> (count: Int, rows: UnsafePointer<S>) {
    let (G, packing, errors) = (activations.width, window.packing, rows.base)
    errors.update(repeating: 0, count: packing.rows * G)
    for n in 0..<window.batchSize where packing.lengths[n] > 0 {
      (errors + (packing.offset[packing.lengths[n] - 1] + n) * G).update(
        from: activations.carriedError + n * G, count: G)
    }
    return (G, UnsafePointer(errors))
  }
}

/// The recurrence of gate activations during a pass.
struct GateRecurrencePass<S: Scalar> {
  /// U `[G, C]`, or Uᵀ on the way back; nil if no error comes back through it.
  let weights: RightFactor<S>?
  /// G
  let count: Int
  /// `[N + rows, G]`: the activations; on the way back `[N, G]`: the error of those of the step before, packed.
  let rows: UnsafeMutablePointer<S>

  /// Adds activations·U of the rows from `row` on to the pre-activations `a`.
  func forward(row: Int, into a: MatrixView<S>) {
    weights!.multiply(MatrixView(rows + row * count, rows: a.rows, columns: count), into: a, adding: true)
  }

  /// Computes the error of the activations that a step has read, δ·Uᵀ, or zeros if that path is cut.
  func backward(_ delta: MatrixView<S>, first: Int) {
    let errors = MatrixView(rows + first * count, rows: delta.rows, columns: count)
    guard let weights else { return clear(errors) }
    weights.multiply(delta, into: errors, adding: false)
  }
}
