/// The recurrent part of one layer over a window, products and gate arithmetic apart: per step one product y_{t-1}·R
/// into all nets, and another of the gates' activations where these are inputs, too; then the gate arithmetic. The
/// reference of `TileForward` with OpenBLAS's products and, with the tile's, what runs cells that have no fused
/// kernels.
///
/// One task is a block of sequences over all steps, so that sequences never wait for each other. The block does not
/// depend on the number of threads, since the bits of OpenBLAS's products depend on their shape.
struct PlainForward<S: Scalar>: TeamJob, @unchecked Sendable {
  let packing: SequencePacking
  /// R `[H, C]`, or `[P, C]` where h is projected.
  let recurrent: RightFactor<S>
  /// What is dropped of y_{t-1}; nil where nothing is.
  let recurrentMask: RecurrentMask<S>?
  /// What stays of the state before a step; nil where nothing does.
  let zoneout: Zoneout<S>?
  /// What feeds gate activations back; nil where none are.
  let gateRecurrence: GateRecurrencePass<S>?
  let arithmetic: Arithmetic
  /// `[rows, C]`: x·W + b in, activations out.
  let gates: MatrixView<S>
  /// `[N + rows, H]`
  let cells: MatrixView<S>
  /// What h is projected by; nil where it is the output.
  let projection: ProjectionPass<S>?
  /// `[N, H]`, or `[N, P]`: h before the first step.
  let initialHidden: MatrixView<S>
  /// `[rows, H]`, or `[rows, P]`.
  let hidden: MatrixView<S>

  /// The gate arithmetic behind the products.
  enum Arithmetic {
    case fused(Peepholes<S>, Kernels<S>)
    case blocks(BlockCell<S>)

    var cell: BlockCell<S>? { if case .blocks(let cell) = self { cell } else { nil } }
  }

  var tasks: Int { packing.plainBlocks }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let (first, most) = (task * packing.sequencesPerPlainBlock, packing.sequencesPerPlainBlock)
    for t in 0..<packing.steps {
      let count = min(most, packing.active[t] - first)
      if count <= 0 { return }
      let row = packing.offset[t] + first
      let rows = row..<row + count
      let (before, after) = (packing.stateRow(before: t) + first, packing.stateRow(before: t + 1) + first)
      let yPrevious =
        t == 0
        ? initialHidden.rows(from: first, count: count) : hidden.rows(from: packing.offset[t - 1] + first, count: count)
      let (y, h) = (hidden.rows(rows), (projection?.unprojected ?? hidden).rows(rows))
      let read = recurrentMask?.apply(yPrevious, packing, first: first) ?? yPrevious
      let a = gates.rows(rows)
      let product = arithmetic.cell?.recurrentProduct(row: row, count: count)
      recurrent.multiply(read, into: product ?? a, adding: product == nil)
      gateRecurrence?.forward(row: before, into: product ?? a)
      if product != nil { arithmetic.cell?.addRecurrentProduct(to: a, row: row) }
      let (cPrevious, c) = (cells.rows(from: before, count: count), cells.rows(from: after, count: count))
      let cNew = zoneout?.cells.rows(rows) ?? c
      switch arithmetic {
      case .fused(let peepholes, let kernels):
        kernels.forwardStep(
          ForwardStep(
            rows: count, hidden: c.columns, gates: a.base, c_previous: cPrevious.base, c: cNew.base, h: h.base,
            p_i: peepholes.i?.base, p_f: peepholes.f?.base, p_o: peepholes.o?.base))
      case .blocks(let cell):
        cell.forward(
          firstRow: row, gates: a, cPrevious: cPrevious, c: cNew, h: h,
          fedBack: gateRecurrence?.rows.rows(from: after, count: count))
      }
      projection?.forward(h, into: y)
      zoneout?.blend(packing, t, first: first, cPrevious: cPrevious, c: c, yPrevious: yPrevious, y: y)
    }
  }
}
