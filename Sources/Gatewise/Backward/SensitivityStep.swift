/// One step of the derivatives by some parameters of one layer, from that layer up. One task is a block of columns: no
/// column knows of another.
struct SensitivityStep<S: Scalar>: TeamJob {
  static var columnsPerTask: Int { 512 }

  let shape: SensitivityShape
  let source: Int
  let jacobians: [LayerJacobian<S>]
  /// `[rows, …]` as `SensitivityShape` says.
  let memory: UnsafeMutablePointer<S>
  /// `[most gate columns, Q]`: ∂net of the output gates; behind them, where gate activations are inputs, of the others.
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
      let below = l > source ? derivatives(of: l - 1, block).outputs : nil
      let layerColumns = jacobian.layer.columns
      // The output gates' nets first; the others' only where somebody reads their activations.
      let net = nets(layerColumns.output, jacobian, row: 0, states, below, block)
      var gateNets: [MatrixView<S>] = []
      if jacobian.gateCount > 0 {
        for gate in 0..<jacobian.factors.gatesBefore {
          gateNets.append(nets(gate * layerColumns.blocks, jacobian, row: gate + 1, states, below, block))
        }
        if l == source { addDirectTerms(toGateNets: gateNets, jacobian, block) }
        addSeen(states.cells, to: gateNets, jacobian)
      }
      keep(states.cells, jacobian)
      let H = layerColumns.cells
      multiply(MatrixView(jacobian.byOutput, rows: H, columns: H), states.outputs, into: states.cells, adding: true)
      if jacobian.gateCount > 0 {
        multiply(
          MatrixView(jacobian.byGates, rows: H, columns: jacobian.gateCount), states.gates, into: states.cells,
          adding: true)
      }
      if let below {
        multiply(MatrixView(jacobian.byInput, rows: H, columns: below.rows), below, into: states.cells, adding: true)
      } else {
        addDirectTerms(jacobian, block, states.cells, net)
      }
      finish(jacobian, states, net, gateNets)
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

  /// ∂net of the gate whose columns begin at `gate`, by all that it reads of layers and steps before: `[B, block]`.
  private func nets(
    _ gate: Int, _ jacobian: LayerJacobian<S>, row: Int, _ states: Derivatives, _ below: MatrixView<S>?,
    _ block: Range<Int>
  ) -> MatrixView<S> {
    let (B, C) = (jacobian.layer.columns.blocks, jacobian.layer.columns.count)
    let net = MatrixView(scratch + row * B * columns, rows: B, columns: columns).columns(block)
    func add(_ weights: UnsafePointer<S>, _ derivatives: MatrixView<S>, adding: Bool) {
      let part = MatrixView(reading: weights, rows: derivatives.rows, columns: C).columns(gate..<gate + B)
      multiply(part, derivatives, transposing: .left, into: net, adding: adding)
    }
    add(jacobian.recurrentWeights, states.outputs, adding: false)
    if let gateWeights = jacobian.gateWeights { add(gateWeights, states.gates, adding: true) }
    if let below { add(jacobian.inputWeights, below, adding: true) }
    return net
  }

  /// What a step keeps of ∂c_{t-1}.
  private func keep(_ cells: MatrixView<S>, _ jacobian: LayerJacobian<S>) {
    if jacobian.mixesBlocks { return mix(cells, jacobian) }
    for k in 0..<cells.rows {
      let (row, decay) = (cells.base + k * cells.stride, jacobian.decay[k])
      for j in 0..<cells.columns { row[j] *= decay }
    }
  }

  /// The same for blocks of several cells whose gates see all of them.
  private func mix(_ cells: MatrixView<S>, _ jacobian: LayerJacobian<S>) {
    let (columns, factors) = (jacobian.layer.columns, jacobian.factors)
    for b in 0..<columns.blocks {
      for j in 0..<cells.columns {
        var seen = (S.zero, S.zero)
        for k in jacobian.cell.cells(of: b) {
          let dc = cells.base[k * cells.stride + j]
          if let p = jacobian.cell.peephole(0) { seen.0 += p[k] * dc }
          if factors.gatesBefore > 1, let p = jacobian.cell.peephole(columns.blocks) { seen.1 += p[k] * dc }
        }
        for k in jacobian.cell.cells(of: b) {
          let place = k * cells.stride + j
          cells.base[place] = jacobian.decay[k] * cells.base[place] + factors.coefficient(ofGate: 0)[k] * seen.0
          if factors.gatesBefore > 1 { cells.base[place] += factors.coefficient(ofGate: 1)[k] * seen.1 }
        }
      }
    }
  }

  /// Gates in front of the state see ∂c_{t-1} through their peepholes.
  private func addSeen(_ cells: MatrixView<S>, to nets: [MatrixView<S>], _ jacobian: LayerJacobian<S>) {
    for (gate, net) in nets.enumerated() {
      guard let p = jacobian.cell.peephole(gate * jacobian.layer.columns.blocks) else { continue }
      for k in 0..<cells.rows { add(p[k], cells, k, to: net, k / jacobian.layer.columns.cellsPerBlock) }
    }
  }

  /// target[to] += factor · source[from], a row.
  private func add(_ factor: S, _ source: MatrixView<S>, _ from: Int, to target: MatrixView<S>, _ to: Int) {
    let (x, y) = (source.base + from * source.stride, target.base + to * target.stride)
    for j in 0..<source.columns { y[j] += factor * x[j] }
  }

  /// ∂net_o gets what its peephole sees, and ∂y_t and the gates' derivatives follow.
  private func finish(
    _ jacobian: LayerJacobian<S>, _ states: Derivatives, _ net: MatrixView<S>, _ gateNets: [MatrixView<S>]
  ) {
    let (columns, size) = (jacobian.layer.columns, jacobian.layer.columns.cellsPerBlock)
    if let p = jacobian.cell.peephole(columns.output) {
      for k in 0..<columns.cells { add(p[k], states.cells, k, to: net, k / size) }
    }
    for k in 0..<columns.cells {
      let (dc, dnet) = (states.cells.base + k * states.cells.stride, net.base + k / size * net.stride)
      let dy = states.outputs.base + k * states.outputs.stride
      let (fromCell, fromGate) = (jacobian.factors.fromCell[k], jacobian.factors.fromOutputGate[k])
      for j in 0..<net.columns { dy[j] = fromCell * dc[j] + fromGate * dnet[j] }
    }
    guard jacobian.gateCount > 0 else { return }
    for (gate, net) in (gateNets + [net]).enumerated() {
      let first = gate < gateNets.count ? gate * columns.blocks : columns.output
      for b in 0..<columns.blocks {
        let (target, source) = (
          states.gates.base + (gate * columns.blocks + b) * states.gates.stride, net.base + b * net.stride
        )
        for j in 0..<net.columns { target[j] = jacobian.slopes[first + b] * source[j] }
      }
    }
  }

  /// gradient += error·states
  private func collect(_ error: UnsafePointer<S>, _ states: MatrixView<S>, _ block: Range<Int>) {
    multiply(
      MatrixView(reading: error, rows: 1, columns: states.rows), states,
      into: MatrixView(gradient, rows: 1, columns: columns).columns(block), adding: true)
  }
}
