/// One step of the derivatives by some parameters of one layer, from that layer up. Parameters go by blocks, none of
/// which knows of another; a task takes every so many of them, so that few have memory to work in.
struct SensitivityStep<S: Scalar>: TeamJob, @unchecked Sendable {
  /// A block's derivatives of a layer stay in a core's own cache.
  static var parametersPerBlock: Int { 256 }

  let shape: SensitivityShape
  let source: Int
  let jacobians: [LayerJacobian<S>]
  /// As `SensitivityShape` says.
  let memory: VectorView<S>
  /// A row for every task, as many as there are threads: what a block's products make, by the layer whose Jacobian has
  /// most rows.
  let scratch: MatrixView<S>
  /// By which products go; nil on the plain path.
  let packed: Kernels<S>?
  /// What the source layer's step has read.
  let input: Input
  /// Errors that the step's states take up, by layer.
  let errors: [StateErrorsOfStep]
  /// `[Q]`: E's derivatives so far.
  let gradient: VectorView<S>

  /// What the source layer's step has read and made.
  struct Input {
    /// x_t: dense `[I]`, or a token.
    let x: VectorView<S>?
    let token: Int
    /// y_{t-1}, c_{t-1} and c_t, `[H]` each, and the gate activations of t-1 `[G]`.
    let yPrevious: VectorView<S>
    let cPrevious: VectorView<S>
    let c: VectorView<S>
    let gatesPrevious: VectorView<S>
  }

  /// Errors that a layer's states take up: of y_t, of c_t and of the gate activations.
  struct StateErrorsOfStep {
    var outputs: [VectorView<S>] = []
    var cells: VectorView<S>?
    var gates: VectorView<S>?
  }

  var tasks: Int { scratch.rows }

  private var parameters: Int { shape.sources[source].count }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    for first in stride(
      from: task * Self.parametersPerBlock, to: parameters, by: tasks * Self.parametersPerBlock)
    {
      advance(first..<min(parameters, first + Self.parametersPerBlock), scratch[task])
    }
  }

  private func advance(_ block: Range<Int>, _ scratch: VectorView<S>) {
    for l in source..<jacobians.count {
      let (jacobian, states) = (jacobians[l], derivatives(of: l, block))
      let made = scratch.matrix(rows: block.count, columns: jacobian.rows)
      jacobian.byOutput.multiply(states.outputs, into: made, adding: false)
      if jacobian.hasGateRows { jacobian.byGates.multiply(states.gates, into: made, adding: true) }
      if l > source {
        jacobian.byInput.multiply(derivatives(of: l - 1, block).outputs, into: made, adding: true)
      } else {
        addDirectTerms(jacobian, block, made)
      }
      finish(jacobian, states, made)
      let sums = gradient[block]
      for error in errors[l].outputs { collect(error, states.outputs, into: sums, scratch) }
      if let error = errors[l].cells { collect(error, states.cells, into: sums, scratch) }
      if let error = errors[l].gates { collect(error, states.gates, into: sums, scratch) }
    }
  }

  private func derivatives(of layer: Int, _ block: Range<Int>) -> StateDerivatives<S> {
    shape.derivatives(of: layer, by: source, in: memory).rows(block)
  }

  /// ∂c_t, ∂y_t and the gates' derivatives of a layer by some parameters, from what its Jacobian has made:
  /// ∂c_t = decay ∘ ∂c_{t-1} + made, ∂net_o sees it, and ∂y_t = fromCell ∘ ∂c_t + fromOutputGate ∘ ∂net_o.
  private func finish(_ jacobian: LayerJacobian<S>, _ states: StateDerivatives<S>, _ made: MatrixView<S>) {
    let (H, G) = (jacobian.layer.hiddenSize, jacobian.byGates.matrix.columns)
    let (size, mixes) = (jacobian.layer.columns.cellsPerBlock, jacobian.mixesBlocks)
    let p = jacobian.cell.peephole(jacobian.layer.columns.output)
    let (decay, fromCell, fromGate) = (jacobian.decay, jacobian.factors.fromCell, jacobian.factors.fromOutputGate)
    for parameter in 0..<made.rows {
      let (cells, outputs, made) = (states.cells[parameter], states.outputs[parameter], made[parameter])
      let net = made.from(H)
      if G > 0 { addSeen(cells, jacobian, made) }
      if mixes { mix(cells, jacobian, made) }
      for k in 0..<H { cells[k] = decay[k] * cells[k] + made[k] }
      if let p { for k in 0..<H { net[k / size] += p[k] * cells[k] } }
      if size == 1 {
        for k in 0..<H { outputs[k] = fromCell[k] * cells[k] + fromGate[k] * net[k] }
      } else {
        for k in 0..<H { outputs[k] = fromCell[k] * cells[k] + fromGate[k] * net[k / size] }
      }
      if G > 0 { finishGates(jacobian, states.gates[parameter], made) }
    }
  }

  /// Gates in front of the state see ∂c_{t-1} through their peepholes.
  private func addSeen(_ cells: VectorView<S>, _ jacobian: LayerJacobian<S>, _ made: VectorView<S>) {
    let columns = jacobian.layer.columns
    for gate in stride(from: 0, to: columns.candidate, by: columns.blocks) {
      guard let p = jacobian.cell.peephole(gate) else { continue }
      let nets = made.from(jacobian.row(ofGate: gate))
      for k in 0..<columns.cells { nets[k / columns.cellsPerBlock] += p[k] * cells[k] }
    }
  }

  /// What the gates in front of the state make of ∂c_{t-1} of all cells of their block.
  private func mix(_ cells: VectorView<S>, _ jacobian: LayerJacobian<S>, _ made: VectorView<S>) {
    let columns = jacobian.layer.columns
    for gate in 0..<jacobian.factors.gatesBefore {
      guard let p = jacobian.cell.peephole(gate * columns.blocks) else { continue }
      let coefficient = jacobian.factors.coefficient(ofGate: gate)
      for b in 0..<columns.blocks {
        var seen = S.zero
        for k in jacobian.cell.cells(of: b) { seen += p[k] * cells[k] }
        for k in jacobian.cell.cells(of: b) { made[k] += coefficient[k] * seen }
      }
    }
  }

  /// ∂ the gates' activations, from their nets.
  private func finishGates(_ jacobian: LayerJacobian<S>, _ gates: VectorView<S>, _ made: VectorView<S>) {
    let columns = jacobian.layer.columns
    func finish(_ gate: Int, _ target: VectorView<S>) {
      let net = made.from(jacobian.row(ofGate: gate))
      for b in 0..<columns.blocks { target[b] = jacobian.slopes[gate + b] * net[b] }
    }
    for gate in stride(from: 0, to: columns.candidate, by: columns.blocks) { finish(gate, gates.from(gate)) }
    finish(columns.output, gates.from(columns.candidate))
  }

  /// sums += states·error
  ///
  /// - Parameter scratch: for the error as a right factor of one column.
  private func collect(
    _ error: VectorView<S>, _ states: MatrixView<S>, into sums: VectorView<S>, _ scratch: VectorView<S>
  ) {
    let column = error.matrix(rows: 1, columns: error.count)
    let factor =
      packed.map { $0.pack(column, isTransposed: true, into: scratch) } ?? RightFactor(column, isTransposed: true)
    factor.multiply(states, into: sums.matrix(rows: sums.count, columns: 1), adding: true)
  }
}
