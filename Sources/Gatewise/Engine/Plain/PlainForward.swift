/// The recurrent part of one layer over a window, products and gate arithmetic apart: per step one product y_{t-1}·R
/// into all nets, and another of the gates' activations where these are inputs, too; then the gate arithmetic. The
/// reference of `TileForward` with OpenBLAS's products and, with the tile's, what runs cells that have no fused
/// kernels.
///
/// One task is a block of sequences over all steps, so that sequences never wait for each other. The block does not
/// depend on the number of threads, since the bits of OpenBLAS's products depend on their shape.
struct PlainForward<S: Scalar>: TeamJob, @unchecked Sendable {
  let packing: SequencePacking
  let hiddenSize: Int
  /// C
  let columns: Int
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
  let gates: UnsafeMutablePointer<S>
  /// `[N + rows, H]`
  let cells: UnsafeMutablePointer<S>
  /// What h is projected by; nil where it is the output.
  let projection: ProjectionPass<S>?
  /// `[N, H]`, or `[N, P]`: h before the first step.
  let initialHidden: UnsafePointer<S>
  /// `[rows, H]`, or `[rows, P]`.
  let hidden: UnsafeMutablePointer<S>

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
    let (H, P) = (hiddenSize, projection?.size ?? hiddenSize)
    for t in 0..<packing.steps {
      let count = min(most, packing.active[t] - first)
      if count <= 0 { return }
      let row = packing.offset[t] + first
      let (before, after) = (packing.stateRow(before: t) + first, packing.stateRow(before: t + 1) + first)
      let yPrevious =
        t == 0 ? initialHidden + first * P : UnsafePointer(hidden + (packing.offset[t - 1] + first) * P)
      let (y, h) = (hidden + row * P, (projection?.unprojected ?? hidden) + row * H)
      let read =
        recurrentMask.map {
          UnsafePointer($0.apply(yPrevious, packing, first: first, count: count, width: P))
        } ?? yPrevious
      let a = MatrixView(gates + row * columns, rows: count, columns: columns)
      let product = arithmetic.cell?.recurrentProduct(row: row, count: count)
      recurrent.multiply(
        MatrixView(reading: read, rows: count, columns: P), into: product ?? a, adding: product == nil)
      gateRecurrence?.forward(row: before, into: product ?? a)
      if product != nil { arithmetic.cell?.addRecurrentProduct(to: a, row: row) }
      let (cPrevious, c) = (cells + before * H, cells + after * H)
      let cNew = zoneout.map { $0.cells + row * H } ?? c
      switch arithmetic {
      case .fused(let peepholes, let kernels):
        kernels.forwardStep(
          ForwardStep(
            rows: count, hidden: H, gates: a.base, c_previous: cPrevious, c: cNew, h: h, p_i: peepholes.i,
            p_f: peepholes.f, p_o: peepholes.o))
      case .blocks(let cell):
        cell.forward(
          rows: count, firstRow: row, gates: a.base, cPrevious: cPrevious, c: cNew, h: h,
          fedBack: gateRecurrence.map { $0.rows + after * $0.count })
      }
      projection?.forward(h, into: y, count: count)
      zoneout?.blend(
        packing, t, first: first, count: count, hidden: H, output: P, cPrevious: cPrevious, c: c, yPrevious: yPrevious,
        y: y)
    }
  }
}
