/// The deltas of every step as if it were the only one: of the error e_t alone, without what the cell state would carry
/// back from later steps. R1 sends them to the layer below.
final class CurrentDeltas<S: Scalar> {
  private let memory: DirectionMemory<S>
  private let window: Window<S>
  /// `[rows, C]` and then `[rows, H]`.
  private let buffer: PlannedBuffer<S>

  /// Makes the memory; nil if the rule does not ask for it, or nothing is below the layer.
  init?(_ memory: DirectionMemory<S>, _ shape: EngineShape<S>, window: Window<S>, plan: MemoryPlan) {
    let layer = memory.layer
    guard shape.trains, shape.paths.below == .current, layer.index > 0 || shape.givesInputError else { return nil }
    (self.memory, self.window) = (memory, window)
    let (C, H) = (Double(layer.columns.count), Double(layer.hiddenSize))
    buffer = plan.shared("deltas of each step's error") { $0.rows * (C + H) }
  }

  /// Computes the deltas `[rows, C]` of the error `[rows, H]`.
  ///
  /// - Parameter gateErrors: `[rows, G]`: the error of the gate activations, only at a sequence's end.
  func deltas(
    _ error: MatrixView<S>, _ arithmetic: PlainBackward<S>.Arithmetic, gateErrors: MatrixView<S>? = nil,
    _ products: Products<S>
  ) -> MatrixView<S> {
    let (rows, C, H) = (window.rows, memory.layer.columns.count, memory.layer.hiddenSize)
    let delta = buffer.matrix(rows: rows, columns: C)
    let job = CurrentDeltasJob(
      packing: window.packing, arithmetic: arithmetic, gates: memory.gates, cells: memory.cells.all, error: error,
      delta: delta, cellError: buffer.matrix(at: rows * C, rows: rows, columns: H), gateErrors: gateErrors,
      kernels: products.kernels)
    products.run(job, tasks: job.tasks)
    return delta
  }
}

/// The job that computes them. One task is a step.
private struct CurrentDeltasJob<S: Scalar>: TeamJob, @unchecked Sendable {
  let packing: SequencePacking
  let arithmetic: PlainBackward<S>.Arithmetic
  /// `[rows, C]`: activations.
  let gates: MatrixView<S>
  /// `[N + rows, H]`
  let cells: MatrixView<S>
  /// `[rows, H]`: e_t.
  let error: MatrixView<S>
  /// `[rows, C]`: out.
  let delta: MatrixView<S>
  /// `[rows, H]`: dc, which is not used.
  let cellError: MatrixView<S>
  /// `[rows, G]`: the error of the gates' activations, only at a sequence's end; nil where gates feed nothing.
  let gateErrors: MatrixView<S>?
  let kernels: Kernels<S>

  var tasks: Int { packing.steps }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let (H, count) = (cells.columns, packing.active[task])
    let rows = packing.offset[task]..<packing.offset[task] + count
    let cPrevious = cells.rows(from: packing.stateRow(before: task), count: count)
    let c = cells.rows(from: packing.stateRow(before: task + 1), count: count)
    let (gates, delta, dh, dc) = (gates.rows(rows), delta.rows(rows), error.rows(rows), cellError.rows(rows))
    dc.fill(0)
    switch arithmetic {
    case .fused(let peepholes):
      kernels.backwardStep(
        BackwardStep(
          rows: count, hidden: H, first: 0, end: H, gates: gates.base, delta: delta.base, c_previous: cPrevious.base,
          c: c.base, dh: dh.base, dc: dc.base, p_i: peepholes.i?.base, p_f: peepholes.f?.base,
          p_o: peepholes.o?.base, bound: 0))
    case .blocks(let cell, let peepholeErrors, let scratch):
      // Steps run side by side: each has a row of its own to work in.
      cell.backward(
        firstRow: rows.lowerBound, gates: gates, delta: delta, cPrevious: cPrevious, c: c, dh: dh, dc: dc,
        gateErrors: gateErrors?.rows(rows), peepholeErrors: peepholeErrors,
        scratch: scratch.rows(from: 2 * task, count: 2))
    }
  }
}
