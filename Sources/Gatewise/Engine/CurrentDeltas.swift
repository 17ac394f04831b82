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
  /// - Parameter gateErrors: G and `[rows, G]`: the error of the gate activations, only at a sequence's end.
  func deltas(
    _ error: UnsafePointer<S>, _ arithmetic: PlainBackward<S>.Arithmetic,
    gateErrors: (count: Int, rows: UnsafePointer<S>)? = nil, _ products: Products<S>
  ) -> UnsafePointer<S> {
    let (layer, delta) = (memory.layer, buffer.base)
    let job = CurrentDeltasJob(
      packing: window.packing, hiddenSize: layer.hiddenSize, columns: layer.columns.count, arithmetic: arithmetic,
      gates: memory.gates, cells: memory.cells.all, error: error, delta: delta,
      cellError: delta + window.packing.rows * layer.columns.count, gateErrors: gateErrors, kernels: products.kernels)
    products.run(job, tasks: job.tasks)
    return UnsafePointer(delta)
  }
}

/// The job that computes them. One task is a step.
private struct CurrentDeltasJob<S: Scalar>: TeamJob, @unchecked Sendable {
  let packing: SequencePacking
  let hiddenSize: Int
  /// C
  let columns: Int
  let arithmetic: PlainBackward<S>.Arithmetic
  /// `[rows, C]`: activations.
  let gates: UnsafePointer<S>
  /// `[N + rows, H]`
  let cells: UnsafePointer<S>
  /// `[rows, H]`: e_t.
  let error: UnsafePointer<S>
  /// `[rows, C]`: out.
  let delta: UnsafeMutablePointer<S>
  /// `[rows, H]`: dc, which nobody wants.
  let cellError: UnsafeMutablePointer<S>
  /// G and `[rows, G]`: the error of the gates' activations, only at a sequence's end; nil where gates feed nothing.
  let gateErrors: (count: Int, rows: UnsafePointer<S>)?
  let kernels: Kernels<S>

  var tasks: Int { packing.steps }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let (H, row, count) = (hiddenSize, packing.offset[task], packing.active[task])
    let cPrevious = cells + packing.stateRow(before: task) * H
    let c = cells + packing.stateRow(before: task + 1) * H
    (cellError + row * H).update(repeating: 0, count: count * H)
    switch arithmetic {
    case .fused(let peepholes):
      kernels.backwardStep(
        BackwardStep(
          rows: count, hidden: H, first: 0, end: H, gates: gates + row * columns, delta: delta + row * columns,
          c_previous: cPrevious, c: c, dh: error + row * H, dc: cellError + row * H, p_i: peepholes.i,
          p_f: peepholes.f, p_o: peepholes.o, bound: 0))
    case .blocks(let cell, let peepholeErrors, let scratch):
      // Steps run side by side: each has a row of its own to work in.
      cell.backward(
        rows: count, firstRow: row, gates: gates + row * columns, delta: delta + row * columns, cPrevious: cPrevious,
        c: c,
        dh: error + row * H, dc: cellError + row * H, gateErrors: gateErrors.map { $0.rows + row * $0.count },
        peepholeErrors: peepholeErrors, scratch: scratch + 2 * task * H)
    }
  }
}
