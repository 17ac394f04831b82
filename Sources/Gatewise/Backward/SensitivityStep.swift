/// What one step does to all derivatives: the one-step Jacobian of a layer, taken apart by what it multiplies.
///
///     ∂c_t = decay ∘ ∂c_{t-1} + Jx·∂x_t + Jy·∂y_{t-1} + coefficients ∘ u_t
///     ∂net_o = Ox·∂x_t + Oy·∂y_{t-1} + p_o ∘ ∂c_t + u_t
///     ∂y_t = fromCell ∘ ∂c_t + fromOutputGate ∘ ∂net_o
struct LayerJacobian<S: Scalar> {
  let layer: LayerParameters
  /// W `[I, 4H]`
  let inputWeights: UnsafePointer<S>
  /// R `[H, 4H]`
  let recurrentWeights: UnsafePointer<S>
  let peepholes: Peepholes<S>
  /// `[5, H]`: decay, and the coefficients i, f, g, and ∂y/∂c.
  let factors: UnsafeMutablePointer<S>
  /// `[H]`: tanh(c) ∘ o'.
  let fromOutputGate: UnsafeMutablePointer<S>
  /// `[H, I]` and `[H, H]`: ∂c_t/∂x_t and ∂c_t/∂y_{t-1}.
  let byInput: UnsafeMutablePointer<S>
  let byOutput: UnsafeMutablePointer<S>

  /// Numbers of memory for a layer.
  static func count(_ layer: LayerParameters) -> Int {
    layer.hiddenSize * (6 + layer.inputSize + layer.hiddenSize)
  }

  init(_ layer: LayerParameters, parameters: UnsafePointer<S>, memory: UnsafeMutablePointer<S>) {
    let H = layer.hiddenSize
    self.layer = layer
    inputWeights = parameters + layer.inputWeights
    recurrentWeights = parameters + layer.recurrentWeights
    peepholes = layer.peepholePointers(parameters)
    factors = memory
    fromOutputGate = memory + 5 * H
    byInput = memory + 6 * H
    byOutput = byInput + H * layer.inputSize
  }

  var decay: UnsafeMutablePointer<S> { factors }
  /// Of a gate, 0 i, 1 f, 2 g.
  func coefficients(_ gate: Int) -> UnsafeMutablePointer<S> { factors + (1 + gate) * layer.hiddenSize }
  var fromCell: UnsafeMutablePointer<S> { factors + 4 * layer.hiddenSize }

  /// Fills the matrices from the activations `[4H]` of a step, c_{t-1} and c_t.
  ///
  /// - Parameter needsInput: whether anything below has derivatives.
  func update(
    gates: UnsafePointer<S>, cPrevious: UnsafePointer<S>, c: UnsafePointer<S>, needsInput: Bool, kernels: Kernels<S>
  ) {
    let (H, I) = (layer.hiddenSize, layer.inputSize)
    kernels.tanh(H, c, fromCell)
    for k in 0..<H {
      let (i, f, g, o) = (gates[k], gates[H + k], gates[2 * H + k], gates[3 * H + k])
      coefficients(0)[k] = g * i * (1 - i)
      coefficients(1)[k] = cPrevious[k] * f * (1 - f)
      coefficients(2)[k] = i * (1 - g * g)
      decay[k] = f
      if let p = peepholes.i { decay[k] += p[k] * coefficients(0)[k] }
      if let p = peepholes.f { decay[k] += p[k] * coefficients(1)[k] }
      let h = fromCell[k]
      fromOutputGate[k] = h * o * (1 - o)
      fromCell[k] = o * (1 - h * h)
    }
    fill(byOutput, from: recurrentWeights, rows: H)
    if needsInput { fill(byInput, from: inputWeights, rows: I) }
  }

  /// J[k, j] = Σ over i, f and g of coefficient_k · weights[j, gate k].
  private func fill(_ matrix: UnsafeMutablePointer<S>, from weights: UnsafePointer<S>, rows: Int) {
    let H = layer.hiddenSize
    for j in 0..<rows {
      let row = weights + j * 4 * H
      for k in 0..<H {
        matrix[k * rows + j] =
          coefficients(0)[k] * row[k] + coefficients(1)[k] * row[H + k] + coefficients(2)[k] * row[2 * H + k]
      }
    }
  }
}

/// One step of the derivatives by some parameters of one layer, from that layer up. One task is a block of columns: no
/// column knows of another.
struct SensitivityStep<S: Scalar>: TeamJob {
  static var columnsPerTask: Int { 512 }

  let shape: SensitivityShape
  let source: Int
  let jacobians: [LayerJacobian<S>]
  /// `[rows, …]` as `SensitivityShape` says.
  let memory: UnsafeMutablePointer<S>
  /// `[widest H, Q]`: ∂net_o.
  let scratch: UnsafeMutablePointer<S>
  /// x_t of the source layer: dense `[I]`, or a token.
  let input: UnsafePointer<S>?
  let token: Int
  /// y_{t-1}, c_{t-1} and c_t of the source layer, `[H]` each.
  let yPrevious: UnsafePointer<S>
  let cPrevious: UnsafePointer<S>
  let c: UnsafePointer<S>
  /// Errors that the step's states take up: by layer, of y_t and of c_t, `[H]` each.
  let outputErrors: [[UnsafePointer<S>]]
  let cellErrors: [UnsafePointer<S>?]
  /// `[Q]`: E's derivatives so far.
  let gradient: UnsafeMutablePointer<S>

  private var columns: Int { shape.sources[source].columns }

  var tasks: Int { (columns + Self.columnsPerTask - 1) / Self.columnsPerTask }

  func callAsFunction(_ task: Int) {
    let block = task * Self.columnsPerTask..<min(columns, (task + 1) * Self.columnsPerTask)
    for l in source..<jacobians.count {
      let H = shape.hiddenSizes[l]
      let (cells, outputs) = states(of: l, block)
      let net = MatrixView(scratch, rows: H, columns: columns).columns(block)
      let jacobian = jacobians[l]
      scale(cells, by: jacobian.decay)
      multiply(MatrixView(jacobian.byOutput, rows: H, columns: H), outputs, into: cells, adding: true)
      multiply(outputGate(jacobian.recurrentWeights, rows: H, H), outputs, transposing: .left, into: net, adding: false)
      if l > source {
        let below = states(of: l - 1, block).outputs
        let I = shape.hiddenSizes[l - 1]
        multiply(MatrixView(jacobian.byInput, rows: H, columns: I), below, into: cells, adding: true)
        multiply(outputGate(jacobian.inputWeights, rows: I, H), below, transposing: .left, into: net, adding: true)
      } else {
        addDirectTerms(jacobian, block, cells, net)
      }
      finish(jacobian, cells, net, outputs)
      for error in outputErrors[l] { collect(error, outputs, block) }
      if let error = cellErrors[l] { collect(error, cells, block) }
    }
  }

  private func states(of layer: Int, _ block: Range<Int>) -> (cells: MatrixView<S>, outputs: MatrixView<S>) {
    let H = shape.hiddenSizes[layer]
    let base = memory + shape.offset(of: layer, by: source)
    return (
      MatrixView(base, rows: H, columns: columns).columns(block),
      MatrixView(base + H * columns, rows: H, columns: columns).columns(block)
    )
  }

  /// The output gate's columns of W or R.
  private func outputGate(_ weights: UnsafePointer<S>, rows: Int, _ H: Int) -> MatrixView<S> {
    MatrixView(reading: weights, rows: rows, columns: 4 * H).columns(3 * H..<4 * H)
  }

  private func scale(_ matrix: MatrixView<S>, by factors: UnsafePointer<S>) {
    for k in 0..<matrix.rows {
      let row = matrix.base + k * matrix.stride
      for j in 0..<matrix.columns { row[j] *= factors[k] }
    }
  }

  /// The parameters' own part in the step: each belongs to one unit, and multiplies one number.
  private func addDirectTerms(
    _ jacobian: LayerJacobian<S>, _ block: Range<Int>, _ cells: MatrixView<S>, _ net: MatrixView<S>
  ) {
    let (H, I) = (jacobian.layer.hiddenSize, jacobian.layer.inputSize)
    let weights = 4 * H * (I + H + 1)
    // Behind the parameters, h_0 and c_0 have no part in a step.
    for column in block where column < shape.sources[source].parameters {
      let unit = column % H
      var (gate, u): (Int, S) = (column / H % 4, 1)
      if column < weights {
        let row = column / (4 * H)
        if row < I {
          u = input.map { $0[row] } ?? (row == token ? 1 : 0)
        } else if row < I + H {
          u = yPrevious[row - I]
        }
      } else {
        // Peepholes come in the order i, f, o; o sees the cell state of its own step.
        gate = [0, 1, 3][(column - weights) / H]
        u = gate == 3 ? c[unit] : cPrevious[unit]
      }
      let place = unit * cells.stride + column - block.lowerBound
      if gate == 3 { net.base[place] += u } else { cells.base[place] += jacobian.coefficients(gate)[unit] * u }
    }
  }

  /// ∂net_o gets what its peephole sees, and ∂y_t follows.
  private func finish(
    _ jacobian: LayerJacobian<S>, _ cells: MatrixView<S>, _ net: MatrixView<S>, _ outputs: MatrixView<S>
  ) {
    for k in 0..<cells.rows {
      let (dc, dnet, dy) = (
        cells.base + k * cells.stride, net.base + k * net.stride, outputs.base + k * outputs.stride
      )
      let (fromCell, fromGate, p) = (jacobian.fromCell[k], jacobian.fromOutputGate[k], jacobian.peepholes.o?[k] ?? 0)
      for j in 0..<cells.columns { dy[j] = fromCell * dc[j] + fromGate * (dnet[j] + p * dc[j]) }
    }
  }

  /// gradient += error·states
  private func collect(_ error: UnsafePointer<S>, _ states: MatrixView<S>, _ block: Range<Int>) {
    multiply(
      MatrixView(reading: error, rows: 1, columns: states.rows), states,
      into: MatrixView(gradient, rows: 1, columns: columns).columns(block), adding: true)
  }
}
