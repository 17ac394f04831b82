/// One step of the derivatives by some parameters of one layer, from that layer up. One task is a block of columns: no
/// column knows of another.
struct SensitivityStep<S: Scalar>: TeamJob {
  static var columnsPerTask: Int { 512 }

  let shape: SensitivityShape
  let source: Int
  let jacobians: [LayerJacobian<S>]
  /// `[rows, …]` as `SensitivityShape` says.
  let memory: UnsafeMutablePointer<S>
  /// `[most rows of a Jacobian, Q]`: what its products make.
  let scratch: UnsafeMutablePointer<S>
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

  /// ∂c, ∂y and ∂gates of a layer, some columns.
  struct Derivatives {
    let cells: MatrixView<S>
    let outputs: MatrixView<S>
    let gates: MatrixView<S>
  }

  private var columns: Int { shape.sources[source].columns }

  var tasks: Int { (columns + Self.columnsPerTask - 1) / Self.columnsPerTask }

  func callAsFunction(_ task: Int) {
    let block = task * Self.columnsPerTask..<min(columns, (task + 1) * Self.columnsPerTask)
    for l in source..<jacobians.count {
      let (jacobian, states) = (jacobians[l], derivatives(of: l, block))
      let made = MatrixView(scratch, rows: jacobian.byOutput.rows, columns: columns).columns(block)
      multiply(jacobian.byOutput, states.outputs, into: made, adding: false)
      if jacobian.hasGateRows { multiply(jacobian.byGates, states.gates, into: made, adding: true) }
      if l > source {
        multiply(jacobian.byInput, derivatives(of: l - 1, block).outputs, into: made, adding: true)
      } else {
        addDirectTerms(jacobian, block, made)
      }
      if jacobian.hasGateRows { addSeen(states.cells, to: made, jacobian) }
      for b in 0..<jacobian.layer.columns.blocks { finish(block: b, jacobian, states, made) }
      if jacobian.hasGateRows { finishGates(jacobian, states.gates, made) }
      for error in errors[l].outputs { collect(error, states.outputs, block) }
      if let error = errors[l].cells { collect(error, states.cells, block) }
      if let error = errors[l].gates { collect(error, states.gates, block) }
    }
  }

  private func derivatives(of layer: Int, _ block: Range<Int>) -> Derivatives {
    let (H, G) = (shape.states[layer].cells, shape.states[layer].gates)
    let base = memory + shape.offset(of: layer, by: source)
    return Derivatives(
      cells: MatrixView(base, rows: H, columns: columns).columns(block),
      outputs: MatrixView(base + H * columns, rows: H, columns: columns).columns(block),
      gates: MatrixView(base + 2 * H * columns, rows: G, columns: columns).columns(block))
  }

  /// Gates in front of the state see ∂c_{t-1} through their peepholes.
  private func addSeen(_ cells: MatrixView<S>, to made: MatrixView<S>, _ jacobian: LayerJacobian<S>) {
    let columns = jacobian.layer.columns
    for gate in stride(from: 0, to: columns.candidate, by: columns.blocks) {
      guard let p = jacobian.cell.peephole(gate) else { continue }
      let first = jacobian.row(ofGate: gate)
      for k in 0..<cells.rows {
        add(p[k], row(cells, k), to: row(made, first + k / columns.cellsPerBlock), made.columns)
      }
    }
  }

  /// ∂c_t, ∂net_o and ∂y_t of the cells of one block.
  private func finish(
    block b: Int, _ jacobian: LayerJacobian<S>, _ states: Derivatives, _ made: MatrixView<S>
  ) {
    let (columns, factors, count) = (jacobian.layer.columns, jacobian.factors, made.columns)
    let (cells, net) = (jacobian.cell.cells(of: b), row(made, columns.cells + b))
    if jacobian.mixesBlocks { mix(cells, states.cells, into: made, jacobian) }
    for k in cells {
      let (dc, part, decay) = (row(states.cells, k), row(made, k), jacobian.decay[k])
      for j in 0..<count { dc[j] = decay * dc[j] + part[j] }
    }
    if let p = jacobian.cell.peephole(columns.output) {
      for k in cells { add(p[k], row(states.cells, k), to: net, count) }
    }
    for k in cells {
      let (dc, dy) = (row(states.cells, k), row(states.outputs, k))
      let (fromCell, fromGate) = (factors.fromCell[k], factors.fromOutputGate[k])
      for j in 0..<count { dy[j] = fromCell * dc[j] + fromGate * net[j] }
    }
  }

  /// What the gates in front of the state make of ∂c_{t-1} of all cells of their block.
  private func mix(
    _ cells: Range<Int>, _ before: MatrixView<S>, into made: MatrixView<S>, _ jacobian: LayerJacobian<S>
  ) {
    for gate in 0..<jacobian.factors.gatesBefore {
      guard let p = jacobian.cell.peephole(gate * jacobian.layer.columns.blocks) else { continue }
      let coefficient = jacobian.factors.coefficient(ofGate: gate)
      for k in cells {
        for seen in cells { add(coefficient[k] * p[seen], row(before, seen), to: row(made, k), made.columns) }
      }
    }
  }

  /// ∂ the gates' activations, from their nets.
  private func finishGates(_ jacobian: LayerJacobian<S>, _ gates: MatrixView<S>, _ made: MatrixView<S>) {
    let columns = jacobian.layer.columns
    for (index, gate) in columns.gates.enumerated() {
      for b in 0..<columns.blocks {
        let (target, net) = (row(gates, index * columns.blocks + b), row(made, jacobian.row(ofGate: gate) + b))
        for j in 0..<made.columns { target[j] = jacobian.slopes[gate + b] * net[j] }
      }
    }
  }

  private func row(_ matrix: MatrixView<S>, _ index: Int) -> UnsafeMutablePointer<S> {
    matrix.base + index * matrix.stride
  }

  /// y += factor · x
  private func add(_ factor: S, _ x: UnsafePointer<S>, to y: UnsafeMutablePointer<S>, _ count: Int) {
    for j in 0..<count { y[j] += factor * x[j] }
  }

  /// gradient += error·states
  private func collect(_ error: UnsafePointer<S>, _ states: MatrixView<S>, _ block: Range<Int>) {
    multiply(
      MatrixView(reading: error, rows: 1, columns: states.rows), states,
      into: MatrixView(gradient, rows: 1, columns: columns).columns(block), adding: true)
  }
}
