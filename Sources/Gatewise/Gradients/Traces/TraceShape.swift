/// How a layer's traces lie in memory: a row for every input u_m of its nets, in the order x, y, gate activations and
/// 1; in a row, for every column in front of the state, the S cells of the column's block.
struct TraceShape: Sendable {
  /// C
  let columns: Int
  /// I + H + G + 1
  let rows: Int
  /// Numbers of a row.
  let width: Int
  /// S
  let cellsPerBlock: Int
  /// Gates in front of the state.
  let gatesBefore: Int
  /// I, H and G.
  let inputSize: Int
  let hiddenSize: Int
  let gateCount: Int

  init(_ layer: LayerParameters) {
    columns = layer.columns.count
    cellsPerBlock = layer.cell.cellsPerBlock
    gatesBefore = layer.columns.gateKinds - 1
    (inputSize, hiddenSize) = (layer.inputSize, layer.hiddenSize)
    gateCount = layer.gateWeights == nil ? 0 : layer.columns.gateCount
    rows = inputSize + hiddenSize + gateCount + 1
    width = layer.columns.output * cellsPerBlock
  }

  /// Columns in front of the state.
  var columnsBefore: Int { width / cellsPerBlock }

  // How the rows are shared between threads.

  /// Enough numbers that handing them out is cheap.
  private static let numbersPerTask = 16_384

  private var rowsPerTask: Int { max(1, Self.numbersPerTask / width) }

  var tasks: Int { (rows + rowsPerTask - 1) / rowsPerTask }

  func range(_ task: Int) -> Range<Int> { task * rowsPerTask..<min(rows, (task + 1) * rowsPerTask) }

  /// A step's coefficients, and what cells keep, each laid out as a row.
  func spread<S: Scalar>(_ factors: CellFactors<S>, into coefficients: VectorView<S>, keeps: VectorView<S>) {
    let (H, size) = (hiddenSize, cellsPerBlock)
    for gate in 0..<gatesBefore {
      coefficients.vector(at: gate * H, count: H).copy(from: factors.coefficient(ofGate: gate))
      keeps.vector(at: gate * H, count: H).copy(from: factors.keeps)
    }
    let (candidate, g) = (gatesBefore * H, factors.coefficientOfCandidate)
    for k in 0..<H {
      for s in 0..<size {
        let cell = k / size * size + s
        // A candidate's weight reaches its own cell alone.
        coefficients[candidate + k * size + s] = cell == k ? g[k] : 0
        keeps[candidate + k * size + s] = factors.keeps[cell]
      }
    }
  }

  /// e_s `[H]` laid out as a row.
  func spread<S: Scalar>(error: VectorView<S>, into row: VectorView<S>) {
    let (H, size) = (hiddenSize, cellsPerBlock)
    for gate in 0..<gatesBefore { row.vector(at: gate * H, count: H).copy(from: error) }
    let candidate = row.from(gatesBefore * H)
    for k in 0..<H { for s in 0..<size { candidate[k * size + s] = error[k / size * size + s] } }
  }
}

/// What a step of a layer has made, `[N, …]`, as its traces need it.
struct TraceInput<S: Scalar> {
  let cell: BlockCell<S>
  /// `[N, I]`, or tokens `[N]`.
  let input: StageInput<S>
  /// `[N, C]`
  let gates: MatrixView<S>
  /// `[N, H]` each.
  let yPrevious: MatrixView<S>
  let cPrevious: MatrixView<S>
  let c: MatrixView<S>
  /// `[N, G]`; nil if gate activations are no inputs.
  let gatesPrevious: MatrixView<S>?

  /// u_m of a sequence.
  func u(_ m: Int, _ n: Int, _ shape: TraceShape) -> S {
    let (I, H, G) = (shape.inputSize, shape.hiddenSize, shape.gateCount)
    if m < I {
      switch input {
      case .rows(let x): return x[n][m]
      case .tokens(let tokens): return Int(tokens[n]) == m ? 1 : 0
      case .none: return 0
      }
    }
    if m < I + H { return yPrevious[n][m - I] }
    return m < I + H + G ? gatesPrevious![n][m - I - H] : 1
  }
}
