/// One step of the derivatives by some parameters of one layer, from that layer up. Parameters go by blocks, none of
/// which knows of another; a task takes every so many of them, so that few have memory to work in.
struct SensitivityStep<S: Scalar>: TeamJob, @unchecked Sendable {
  /// A block's derivatives of a layer stay in a core's own cache.
  static var parametersPerBlock: Int { 256 }

  let shape: SensitivityShape
  let source: Int
  let jacobians: [LayerJacobian<S>]
  /// As `SensitivityShape` says.
  let memory: UnsafeMutablePointer<S>
  /// `[tasks, scratchCount]`: what a block's products make.
  let scratch: UnsafeMutablePointer<S>
  /// Numbers of a block by the layer whose Jacobian has most rows.
  let scratchCount: Int
  /// Tasks, as many as there are threads.
  let tasks: Int
  /// By which products go; nil on the plain path.
  let packed: Kernels<S>?
  /// What the source layer's step has read.
  let input: Input
  /// Errors that the step's states take up, by layer.
  let errors: [StateErrorsOfStep]
  /// `[Q]`: E's derivatives so far.
  let gradient: UnsafeMutablePointer<S>

  /// What the source layer's step has read and made.
  struct Input {
    /// x_t: dense `[I]`, or a token.
    let x: UnsafePointer<S>?
    let token: Int
    /// y_{t-1}, c_{t-1} and c_t, `[H]` each, and the gate activations of t-1 `[G]`.
    let yPrevious: UnsafePointer<S>
    let cPrevious: UnsafePointer<S>
    let c: UnsafePointer<S>
    let gatesPrevious: UnsafePointer<S>
  }

  /// Errors that a layer's states take up: of y_t, of c_t and of the gate activations.
  struct StateErrorsOfStep {
    var outputs: [UnsafePointer<S>] = []
    var cells: UnsafePointer<S>?
    var gates: UnsafePointer<S>?
  }

  /// ∂c, ∂y and ∂gates of a layer by a block of parameters: a row each, `[H]`, `[H]` and `[G]`.
  struct Derivatives {
    let cells: UnsafeMutablePointer<S>
    let outputs: UnsafeMutablePointer<S>
    let gates: UnsafeMutablePointer<S>
  }

  private var parameters: Int { shape.sources[source].count }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let made = scratch + task * scratchCount
    for first in stride(
      from: task * Self.parametersPerBlock, to: parameters, by: tasks * Self.parametersPerBlock)
    {
      advance(first..<min(parameters, first + Self.parametersPerBlock), made)
    }
  }

  private func advance(_ block: Range<Int>, _ made: UnsafeMutablePointer<S>) {
    for l in source..<jacobians.count {
      let (jacobian, states) = (jacobians[l], derivatives(of: l, block))
      jacobian.byOutput.multiply(states.outputs, block.count, into: made, adding: false)
      if jacobian.hasGateRows { jacobian.byGates.multiply(states.gates, block.count, into: made, adding: true) }
      if l > source {
        jacobian.byInput.multiply(derivatives(of: l - 1, block).outputs, block.count, into: made, adding: true)
      } else {
        addDirectTerms(jacobian, block, made)
      }
      finish(jacobian, states, made, block.count)
      let H = jacobian.layer.hiddenSize
      for error in errors[l].outputs { collect(error, states.outputs, H, block, made) }
      if let error = errors[l].cells { collect(error, states.cells, H, block, made) }
      if let error = errors[l].gates { collect(error, states.gates, shape.states[l].gates, block, made) }
    }
  }

  private func derivatives(of layer: Int, _ block: Range<Int>) -> Derivatives {
    let (H, G) = (shape.states[layer].cells, shape.states[layer].gates)
    let base = memory + shape.offset(of: layer, by: source)
    return Derivatives(
      cells: base + block.lowerBound * H, outputs: base + (parameters + block.lowerBound) * H,
      gates: base + 2 * parameters * H + block.lowerBound * G)
  }

  /// ∂c_t, ∂y_t and the gates' derivatives of a layer by `count` parameters, from what its Jacobian has made:
  /// ∂c_t = decay ∘ ∂c_{t-1} + made, ∂net_o sees it, and ∂y_t = fromCell ∘ ∂c_t + fromOutputGate ∘ ∂net_o.
  private func finish(
    _ jacobian: LayerJacobian<S>, _ states: Derivatives, _ made: UnsafeMutablePointer<S>, _ count: Int
  ) {
    let (H, G, rows) = (jacobian.layer.hiddenSize, jacobian.byGates.matrix.columns, jacobian.rows)
    let (size, mixes) = (jacobian.layer.columns.cellsPerBlock, jacobian.mixesBlocks)
    let p = jacobian.cell.peephole(jacobian.layer.columns.output)
    let (decay, fromCell, fromGate) = (jacobian.decay, jacobian.factors.fromCell, jacobian.factors.fromOutputGate)
    for parameter in 0..<count {
      let (cells, outputs) = (states.cells + parameter * H, states.outputs + parameter * H)
      let (made, net) = (made + parameter * rows, made + parameter * rows + H)
      if G > 0 { addSeen(cells, jacobian, made) }
      if mixes { mix(cells, jacobian, made) }
      for k in 0..<H { cells[k] = decay[k] * cells[k] + made[k] }
      if let p { for k in 0..<H { net[k / size] += p[k] * cells[k] } }
      if size == 1 {
        for k in 0..<H { outputs[k] = fromCell[k] * cells[k] + fromGate[k] * net[k] }
      } else {
        for k in 0..<H { outputs[k] = fromCell[k] * cells[k] + fromGate[k] * net[k / size] }
      }
      if G > 0 { finishGates(jacobian, states.gates + parameter * G, made) }
    }
  }

  /// Gates in front of the state see ∂c_{t-1} through their peepholes.
  private func addSeen(_ cells: UnsafePointer<S>, _ jacobian: LayerJacobian<S>, _ made: UnsafeMutablePointer<S>) {
    let columns = jacobian.layer.columns
    for gate in stride(from: 0, to: columns.candidate, by: columns.blocks) {
      guard let p = jacobian.cell.peephole(gate) else { continue }
      let nets = made + jacobian.row(ofGate: gate)
      for k in 0..<columns.cells { nets[k / columns.cellsPerBlock] += p[k] * cells[k] }
    }
  }

  /// What the gates in front of the state make of ∂c_{t-1} of all cells of their block.
  private func mix(_ cells: UnsafePointer<S>, _ jacobian: LayerJacobian<S>, _ made: UnsafeMutablePointer<S>) {
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
  private func finishGates(
    _ jacobian: LayerJacobian<S>, _ gates: UnsafeMutablePointer<S>, _ made: UnsafePointer<S>
  ) {
    let columns = jacobian.layer.columns
    func finish(_ gate: Int, _ target: UnsafeMutablePointer<S>) {
      let net = made + jacobian.row(ofGate: gate)
      for b in 0..<columns.blocks { target[b] = jacobian.slopes[gate + b] * net[b] }
    }
    for gate in stride(from: 0, to: columns.candidate, by: columns.blocks) { finish(gate, gates + gate) }
    finish(columns.output, gates + columns.candidate)
  }

  /// gradient += states·error
  ///
  /// - Parameter scratch: for the error as a right factor of one column.
  private func collect(
    _ error: UnsafePointer<S>, _ states: UnsafePointer<S>, _ width: Int, _ block: Range<Int>,
    _ scratch: UnsafeMutablePointer<S>
  ) {
    let column = MatrixView(reading: error, rows: 1, columns: width)
    let factor =
      packed.map { $0.pack(column, isTransposed: true, into: scratch) } ?? RightFactor(column, isTransposed: true)
    factor.multiply(
      MatrixView(reading: states, rows: block.count, columns: width),
      into: MatrixView(gradient + block.lowerBound, rows: block.count, columns: 1), adding: true)
  }
}
