/// What one step does to all derivatives: the one-step Jacobian of a layer, taken apart by what it multiplies.
///
///     ∂c_t = keeps ∘ ∂c_{t-1} + Jx·∂x_t + Jy·∂y_{t-1} + Jg·∂gates_{t-1} + coefficients ∘ (u_t + p·∂c_{t-1})
///     ∂net_o = Ox·∂x_t + Oy·∂y_{t-1} + Og·∂gates_{t-1} + p_o·∂c_t + u_t
///     ∂y_t = fromCell ∘ ∂c_t + fromOutputGate ∘ ∂net_o
///
/// The three nets in front of the state are one matrix each for x, y and gate activations.
struct LayerJacobian<S: Scalar> {
  let layer: LayerParameters
  let cell: BlockCell<S>
  /// W `[I, C]`
  let inputWeights: UnsafePointer<S>
  /// R `[H, C]`
  let recurrentWeights: UnsafePointer<S>
  /// U `[G, C]`, where there is one.
  let gateWeights: UnsafePointer<S>?
  let factors: CellFactors<S>
  /// `[H]`: what a cell keeps of itself, peepholes of a block of one cell with it.
  let decay: UnsafeMutablePointer<S>
  /// `[C]`: o(1-o) of every gate's column, and nothing of use in the candidates'.
  let slopes: UnsafeMutablePointer<S>
  /// `[H, I]`, `[H, H]` and `[H, G]`: ∂c_t/∂x_t, ∂c_t/∂y_{t-1} and ∂c_t/∂gates_{t-1}.
  let byInput: UnsafeMutablePointer<S>
  let byOutput: UnsafeMutablePointer<S>
  let byGates: UnsafeMutablePointer<S>

  /// G, or 0 where gate activations are no inputs.
  var gateCount: Int { gateWeights == nil ? 0 : layer.columns.gateCount }

  /// Numbers of memory for a layer.
  static func count(_ layer: LayerParameters) -> Int {
    let gates = layer.gateWeights == nil ? 0 : layer.columns.gateCount
    return CellFactors<S>.count(layer.columns) + layer.columns.count
      + layer.hiddenSize * (1 + layer.inputSize + layer.hiddenSize + gates)
  }

  init(
    _ layer: LayerParameters, parameters: UnsafePointer<S>, kernels: Kernels<S>, memory: UnsafeMutablePointer<S>
  ) {
    let H = layer.hiddenSize
    self.layer = layer
    cell = BlockCell(layer, parameters, kernels)
    inputWeights = parameters + layer.inputWeights
    recurrentWeights = parameters + layer.recurrentWeights
    gateWeights = layer.gateWeights.map { parameters + $0 }
    factors = CellFactors(layer.columns, memory: memory)
    decay = memory + CellFactors<S>.count(layer.columns)
    slopes = decay + H
    byInput = slopes + layer.columns.count
    byOutput = byInput + H * layer.inputSize
    byGates = byOutput + H * H
  }

  /// Whether a gate sees more cells than one: then ∂c_{t-1} of a block's cells mix.
  var mixesBlocks: Bool { cell.peepholes != nil && layer.columns.cellsPerBlock > 1 }

  /// Fills the matrices from the activations `[C]` of a step, c_{t-1} and c_t.
  ///
  /// - Parameter needsInput: whether anything below has derivatives.
  func update(gates: UnsafePointer<S>, cPrevious: UnsafePointer<S>, c: UnsafePointer<S>, needsInput: Bool) {
    factors.update(cell, gates: gates, cPrevious: cPrevious, c: c)
    for column in 0..<layer.columns.count { slopes[column] = gates[column] * (1 - gates[column]) }
    for k in 0..<layer.hiddenSize { decay[k] = factors.keeps[k] }
    if !mixesBlocks {
      for gate in 0..<factors.gatesBefore {
        guard let p = cell.peephole(gate * layer.columns.blocks) else { continue }
        let coefficient = factors.coefficient(ofGate: gate)
        for k in 0..<layer.hiddenSize { decay[k] += p[k] * coefficient[k] }
      }
    }
    fill(byOutput, from: recurrentWeights, rows: layer.hiddenSize)
    if needsInput { fill(byInput, from: inputWeights, rows: layer.inputSize) }
    if let gateWeights { fill(byGates, from: gateWeights, rows: gateCount) }
  }

  /// J[k, j] = Σ over the nets in front of the state of coefficient_k · weights[j, net of k].
  private func fill(_ matrix: UnsafeMutablePointer<S>, from weights: UnsafePointer<S>, rows: Int) {
    let (columns, H, size) = (layer.columns, layer.hiddenSize, layer.columns.cellsPerBlock)
    let candidate = factors.coefficientOfCandidate
    for j in 0..<rows {
      let row = weights + j * columns.count
      for k in 0..<H { matrix[k * rows + j] = candidate[k] * row[columns.candidate + k] }
      for gate in 0..<factors.gatesBefore {
        let (coefficient, net) = (factors.coefficient(ofGate: gate), row + gate * columns.blocks)
        for k in 0..<H { matrix[k * rows + j] += coefficient[k] * net[k / size] }
      }
    }
  }
}
