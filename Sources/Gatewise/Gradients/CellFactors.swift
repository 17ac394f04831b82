/// What one step of a layer makes of a small change, cell by cell: the factors that forward traces and exact RTRL are
/// built from.
///
///     ∂c_t = keeps ∘ ∂c_{t-1} + Σ coefficient ∘ ∂net        over the nets in front of the state: i, f and g
///     ∂h_t = fromCell ∘ ∂c_t + fromOutputGate ∘ ∂net_o
///
/// A net of a gate is that of a cell's block. The output gate acts behind the state and has no coefficient.
struct CellFactors<S: Scalar> {
  let columns: GateColumns
  /// `[kinds of gates + 3, H]`: a row for each factor.
  private let rows: MatrixView<S>

  /// The number of rows.
  private static func rows(_ columns: GateColumns) -> Int { columns.gateKinds + 3 }

  /// Numbers of memory for a sequence.
  static func count(_ columns: GateColumns) -> Int { rows(columns) * columns.cells }

  init(_ columns: GateColumns, memory: VectorView<S>) {
    (self.columns, rows) = (columns, memory.matrix(rows: Self.rows(columns), columns: columns.cells))
  }

  /// ∂c_t/∂net, `[H]`, of a gate in front of the state: 0 for the first, 1 for a second.
  func coefficient(ofGate gate: Int) -> VectorView<S> { rows[gate] }
  /// ∂c_t/∂net_g `[H]`.
  var coefficientOfCandidate: VectorView<S> { rows[columns.gateKinds - 1] }
  /// ∂c_t/∂c_{t-1} `[H]` but for peepholes.
  var keeps: VectorView<S> { rows[columns.gateKinds] }
  /// ∂h/∂c `[H]` with the output gate held.
  var fromCell: VectorView<S> { rows[columns.gateKinds + 1] }
  /// ∂h/∂net_o `[H]`.
  var fromOutputGate: VectorView<S> { rows[columns.gateKinds + 2] }

  /// Gates in front of the state.
  var gatesBefore: Int { columns.gateKinds - 1 }

  /// Fills the factors from the activations `[C]` of a step, c_{t-1} and c_t.
  func update(_ cell: BlockCell<S>, gates a: VectorView<S>, cPrevious: VectorView<S>, c: VectorView<S>) {
    let (B, before) = (columns.blocks, columns.candidate)
    let (first, second) = (coefficient(ofGate: 0), coefficient(ofGate: 1))
    cell.outputActivation.apply(c, into: fromCell, cell.kernels)
    for b in 0..<B {
      let (admits, keeps) = cell.inputAndForget(a, b)
      let o = a[columns.output + b]
      let slope = cell.gateActivation.slope(atValue: a[b])
      for k in cell.cells(of: b) {
        let (g, h) = (a[before + k], fromCell[k])
        switch cell.cell.gating {
        case .inputAndForget:
          first[k] = g * slope
          second[k] = cPrevious[k] * cell.gateActivation.slope(atValue: a[B + b])
        case .inputOnly: first[k] = g * slope
        case .keepInput: first[k] = (g - cPrevious[k]) * slope
        case .keepForget: first[k] = (cPrevious[k] - g) * slope
        }
        coefficientOfCandidate[k] = admits * cell.inputActivation.slope(atValue: g)
        self.keeps[k] = keeps
        fromCell[k] = o * cell.outputActivation.slope(atValue: h)
        fromOutputGate[k] = h * cell.gateActivation.slope(atValue: o)
        if cell.isClipped(c[k]) {
          for row in 0..<columns.gateKinds { rows[row][k] = 0 }
          self.keeps[k] = 0
        }
      }
    }
  }
}
