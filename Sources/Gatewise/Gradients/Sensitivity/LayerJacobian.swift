/// What one step does to all derivatives: the one-step Jacobian of a layer, taken apart by what it multiplies.
///
///     ∂c_t = keeps ∘ ∂c_{t-1} + Jx·∂x_t + Jy·∂y_{t-1} + Jg·∂gates_{t-1} + coefficients ∘ (u_t + p·∂c_{t-1})
///     ∂net = Wᵀ·∂x_t + Rᵀ·∂y_{t-1} + Uᵀ·∂gates_{t-1} + u_t + p·∂c       of the gates whose nets are wanted
///     ∂y_t = fromCell ∘ ∂c_t + fromOutputGate ∘ ∂net_o
///
/// The nets in front of the state are one matrix J for each of x, y and gate activations. Below its H rows lie those of
/// the output gates' nets, B rows, and, where gate activations are states, of the other gates' nets: one product makes
/// all of them.
struct LayerJacobian<S: Scalar> {
  let layer: LayerParameters
  let cell: BlockCell<S>
  /// W `[I, C]`, R `[H, C]`, and U `[G, C]` where there is one.
  private let inputWeights: MatrixView<S>
  private let recurrentWeights: MatrixView<S>
  private let gateWeights: MatrixView<S>?
  let factors: CellFactors<S>
  /// `[H]`: what a cell keeps of itself, peepholes of a block of one cell with it.
  let decay: VectorView<S>
  /// `[C]`: o(1-o) of every gate's column, and nothing of use in the candidates'.
  let slopes: VectorView<S>
  /// `[rows, I]`, `[rows, H]` and `[rows, G]`: by x_t, y_{t-1} and gates_{t-1}.
  let byInput: JacobianMatrix<S>
  let byOutput: JacobianMatrix<S>
  let byGates: JacobianMatrix<S>

  /// Rows of the matrices.
  var rows: Int { byOutput.matrix.rows }

  /// Rows of the matrices of a layer.
  static func rows(_ layer: LayerParameters) -> Int {
    layer.hiddenSize + (layer.gateWeights == nil ? layer.columns.blocks : layer.columns.gateCount)
  }

  /// Where the nets of a gate, whose columns begin at `gate`, lie among the rows.
  func row(ofGate gate: Int) -> Int {
    let columns = layer.columns
    return columns.cells + (gate == columns.output ? 0 : columns.blocks + gate)
  }

  /// Whether the gates in front of the state have rows.
  var hasGateRows: Bool { gateWeights != nil }

  /// Numbers of memory for a layer.
  static func count(_ layer: LayerParameters, kernels: Kernels<S>) -> Int {
    depths(layer).reduce(CellFactors<S>.count(layer.columns) + layer.columns.count + layer.hiddenSize) {
      $0 + JacobianMatrix<S>.count(rows: rows(layer), depth: $1, kernels: kernels)
    }
  }

  /// I, H and G.
  private static func depths(_ layer: LayerParameters) -> [Int] {
    [layer.inputSize, layer.hiddenSize, layer.gateWeights == nil ? 0 : layer.columns.gateCount]
  }

  /// - Parameter isPacked: whether products go by the tile.
  init(
    _ layer: LayerParameters, _ parameters: ParameterVector<S>, kernels: Kernels<S>, isPacked: Bool,
    memory: VectorView<S>
  ) {
    let (columns, depths, rows) = (layer.columns, Self.depths(layer), Self.rows(layer))
    self.layer = layer
    cell = BlockCell(layer, parameters, kernels)
    inputWeights = parameters.matrix(at: layer.inputWeights, rows: depths[0], columns: columns.count)
    recurrentWeights = parameters.matrix(at: layer.recurrentWeights, rows: depths[1], columns: columns.count)
    gateWeights = layer.gateWeights.map { parameters.matrix(at: $0, rows: depths[2], columns: columns.count) }
    var rest = memory
    func take(_ count: Int) -> VectorView<S> {
      defer { rest = rest.from(count) }
      return rest[0..<count]
    }
    factors = CellFactors(columns, memory: take(CellFactors<S>.count(columns)))
    (decay, slopes) = (take(layer.hiddenSize), take(columns.count))
    let matrices = depths.map { depth in
      JacobianMatrix(
        rows: rows, depth: depth, kernels: kernels, isPacked: isPacked,
        memory: take(JacobianMatrix<S>.count(rows: rows, depth: depth, kernels: kernels)))
    }
    (byInput, byOutput, byGates) = (matrices[0], matrices[1], matrices[2])
  }

  /// Whether a gate in front of the state sees more cells than one: then ∂c_{t-1} of a block's cells mix.
  var mixesBlocks: Bool { cell.peepholes != nil && layer.columns.cellsPerBlock > 1 }

  /// Fills the matrices from the activations `[C]` of a step, c_{t-1} and c_t.
  ///
  /// - Parameter needsInput: whether anything below has derivatives.
  func update(gates: VectorView<S>, cPrevious: VectorView<S>, c: VectorView<S>, needsInput: Bool) {
    factors.update(cell, gates: gates, cPrevious: cPrevious, c: c)
    for column in 0..<layer.columns.count { slopes[column] = cell.gateActivation.slope(atValue: gates[column]) }
    for k in 0..<layer.hiddenSize { decay[k] = factors.keeps[k] }
    if !mixesBlocks {
      for gate in 0..<factors.gatesBefore {
        guard let p = cell.peephole(gate * layer.columns.blocks) else { continue }
        let coefficient = factors.coefficient(ofGate: gate)
        for k in 0..<layer.hiddenSize { decay[k] += p[k] * coefficient[k] }
      }
    }
    fill(byOutput, from: recurrentWeights)
    if needsInput { fill(byInput, from: inputWeights) }
    if let gateWeights { fill(byGates, from: gateWeights) }
  }

  /// J[k, j] = Σ over the nets in front of the state of coefficient_k · weights[j, net of k]; below, the weights
  /// themselves of the gates' nets.
  private func fill(_ jacobian: JacobianMatrix<S>, from weights: MatrixView<S>) {
    let matrix = jacobian.matrix
    let (columns, size, width) = (layer.columns, layer.columns.cellsPerBlock, matrix.columns)
    let candidate = factors.coefficientOfCandidate
    for j in 0..<width {
      // Column j of J: its elements are a row apart.
      let (row, target) = (weights[j], matrix.elements.from(j))
      for k in 0..<columns.cells { target[k * width] = candidate[k] * row[columns.candidate + k] }
      for gate in 0..<factors.gatesBefore {
        let (coefficient, net) = (factors.coefficient(ofGate: gate), row.from(gate * columns.blocks))
        for k in 0..<columns.cells { target[k * width] += coefficient[k] * net[k / size] }
      }
      for b in 0..<columns.blocks { target[(columns.cells + b) * width] = row[columns.output + b] }
      for net in columns.cells + columns.blocks..<matrix.rows {
        target[net * width] = row[net - columns.cells - columns.blocks]
      }
    }
    jacobian.prepare()
  }
}
