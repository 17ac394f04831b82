/// ∂c_t by one layer's weights, as far as the truncation leaves it (Gradient rules, Traces):
///
///     ∂c_t/∂w = M_t·∂c_{t-1}/∂w + coefficient ∘ u_t,    u_t = [x_t, y_{t-1}, gates_{t-1}, 1]
///
/// A weight belongs to one memory block, so that ∂c/∂w is S numbers. M_t is keeps, or, where peepholes let errors
/// through, keeps + Σ coefficient·pᵀ over the gates in front of the state, an S × S matrix for every block. The output
/// gate acts behind the state and needs no trace.
final class LayerTraces<S: Scalar> {
  let layer: LayerParameters
  private let batchSize: Int
  private let paths: PeepholePaths
  /// `[N, rows, width]`: of W, R, U and b, for every column in front of the state the S cells of its block.
  private let weights: AlignedBuffer<S>
  /// `[N, gates in front, H, S]`: of those gates' peepholes.
  private let peepholes: AlignedBuffer<S>
  /// `[N, H, S]`: of c before the first step.
  private let initialCell: AlignedBuffer<S>
  /// `[N, …]` as `CellFactors` says.
  private let factors: AlignedBuffer<S>
  /// `[N, 2, width]`: coefficients and keeps, laid out as a row of traces.
  private let spread: AlignedBuffer<S>
  /// `[N, H, S]`: M, row by row.
  private let decay: AlignedBuffer<S>
  /// `[N, C]`: δ_t; `[N, H]`: e_s; and `[N, width]`: e_s laid out as a row of traces.
  private let delta: AlignedBuffer<S>
  private let cellError: AlignedBuffer<S>
  private let spreadError: AlignedBuffer<S>

  /// Numbers that a layer keeps for a sequence.
  static func count(_ layer: LayerParameters) -> Double {
    let shape = TraceShape(layer)
    return Double(shape.rows + 3) * Double(shape.width) + 20 * Double(layer.hiddenSize * layer.cell.cellsPerBlock)
  }

  init(_ layer: LayerParameters, batchSize: Int, paths: PeepholePaths) {
    let (H, N, shape) = (layer.hiddenSize, batchSize, TraceShape(layer))
    (self.layer, self.batchSize, self.paths) = (layer, batchSize, paths)
    weights = AlignedBuffer(count: N * shape.rows * shape.width)
    peepholes = AlignedBuffer(count: layer.peepholes == nil ? 0 : N * shape.gatesBefore * H * shape.cellsPerBlock)
    initialCell = AlignedBuffer(count: N * H * shape.cellsPerBlock)
    factors = AlignedBuffer(count: N * CellFactors<S>.count(layer.columns))
    spread = AlignedBuffer(count: N * 2 * shape.width)
    decay = AlignedBuffer(count: N * H * shape.cellsPerBlock)
    delta = AlignedBuffer(count: N * shape.columns)
    cellError = AlignedBuffer(count: N * H)
    spreadError = AlignedBuffer(count: N * shape.width)
    reset()
  }

  /// Nothing has been seen: c depends on itself alone.
  func reset() {
    weights.zero()
    peepholes.zero()
    initialCell.zero()
    let size = layer.cell.cellsPerBlock
    for row in 0..<batchSize * layer.hiddenSize { initialCell.base[row * size + row % layer.hiddenSize % size] = 1 }
  }

  private func factors(_ n: Int) -> CellFactors<S> {
    CellFactors(layer.columns, memory: factors.base + n * CellFactors<S>.count(layer.columns))
  }

  /// Takes the traces from t-1 to t.
  func advance(_ step: TraceInput<S>, team: ThreadTeam?) {
    let (H, shape, cell) = (layer.hiddenSize, TraceShape(layer), step.cell)
    for n in 0..<batchSize {
      let factors = factors(n)
      factors.update(
        cell, gates: step.gates + n * shape.columns, cPrevious: step.cPrevious + n * H, c: step.c + n * H)
      fillDecay(factors, cell, decay.base + n * H * shape.cellsPerBlock)
      shape.spread(factors, into: spread.base + n * 2 * shape.width)
      if shape.cellsPerBlock == 1 {
        // M is one number a cell: it takes the place of keeps.
        let row = spread.base + (n * 2 + 1) * shape.width
        for start in stride(from: 0, to: shape.width, by: H) {
          (row + start).update(from: decay.base + n * H, count: H)
        }
      }
      advanceOwnTraces(step, n, factors)
    }
    let job = TraceStep(
      shape: shape, batchSize: batchSize, step: step, spread: spread.base,
      decay: paths == .attached && layer.peepholes != nil && shape.cellsPerBlock > 1 ? decay.base : nil,
      traces: weights.base)
    team.run(job, tasks: job.tasks)
  }

  /// M: what each cell of a block keeps of each.
  private func fillDecay(_ factors: CellFactors<S>, _ cell: BlockCell<S>, _ decay: UnsafeMutablePointer<S>) {
    let size = layer.cell.cellsPerBlock
    for k in 0..<layer.hiddenSize {
      for s in 0..<size {
        let other = k / size * size + s
        var sum = other == k ? factors.keeps[k] : 0
        if paths == .attached {
          for gate in 0..<factors.gatesBefore {
            guard let p = cell.peephole(gate * layer.columns.blocks) else { continue }
            sum += factors.coefficient(ofGate: gate)[k] * p[other]
          }
        }
        decay[k * size + s] = sum
      }
    }
  }

  /// Those of the peepholes in front of the state, which see c_{t-1}, and of the initial state.
  private func advanceOwnTraces(_ step: TraceInput<S>, _ n: Int, _ factors: CellFactors<S>) {
    let (H, size) = (layer.hiddenSize, layer.cell.cellsPerBlock)
    let decay = decay.base + n * H * size
    func keep(_ trace: UnsafeMutablePointer<S>, of cell: Int) {
      TraceStep.multiply(decay + cell / size * size * size, trace, size)
    }
    for k in 0..<H { keep(initialCell.base + (n * H + k) * size, of: k) }
    guard peepholes.count > 0 else { return }
    for gate in 0..<factors.gatesBefore {
      let coefficient = factors.coefficient(ofGate: gate)
      for k in 0..<H {
        let trace = peepholes.base + ((n * factors.gatesBefore + gate) * H + k) * size
        keep(trace, of: k)
        for s in 0..<size { trace[s] += coefficient[k / size * size + s] * step.cPrevious[n * H + k] }
      }
    }
  }

  /// Adds what the error of y_t makes of the traces to the gradient.
  ///
  /// - Parameters:
  ///   - error: e_t `[N, H]`.
  ///   - gradients: `[P]`.
  ///   - db: db of all columns `[C]`: among the gradients, or memory if some columns have no bias.
  ///   - learnsInitialCell: whether a learned initial state was started from.
  /// - Returns: δ_t `[N, C]`, of the error of step t alone.
  func addGradient(
    _ error: UnsafePointer<S>, _ step: TraceInput<S>, into gradients: UnsafeMutablePointer<S>,
    bias db: UnsafeMutablePointer<S>, learnsInitialCell: Bool, team: ThreadTeam?
  ) -> UnsafePointer<S> {
    let (H, shape) = (layer.hiddenSize, TraceShape(layer))
    for n in 0..<batchSize {
      let (delta, cellError) = (delta.base + n * shape.columns, cellError.base + n * H)
      fillErrors(factors(n), step.cell, error + n * H, delta, cellError)
      shape.spread(error: cellError, into: spreadError.base + n * shape.width)
      addOwnGradients(step, n, into: gradients, learnsInitialCell: learnsInitialCell)
    }
    if !layer.bias.isFull { db.update(repeating: 0, count: shape.columns) }
    let job = TraceGradient(
      shape: shape, batchSize: batchSize, step: step, traces: weights.base, cellError: spreadError.base,
      delta: delta.base, gradient: gradients + layer.inputWeights, bias: db)
    team.run(job, tasks: job.tasks)
    if !layer.bias.isFull {
      layer.bias.forEachRange { place, range in
        for j in 0..<range.count { gradients[place + j] += db[range.lowerBound + j] }
      }
    }
    return UnsafePointer(delta.base)
  }

  /// e_s and δ_t of one sequence from the error of its output.
  private func fillErrors(
    _ factors: CellFactors<S>, _ cell: BlockCell<S>, _ error: UnsafePointer<S>, _ delta: UnsafeMutablePointer<S>,
    _ cellError: UnsafeMutablePointer<S>
  ) {
    let columns = layer.columns
    let p = paths == .detached ? nil : cell.peephole(columns.output)
    for b in 0..<columns.blocks {
      var output = S.zero
      for k in cell.cells(of: b) { output += error[k] * factors.fromOutputGate[k] }
      delta[columns.output + b] = output
      for gate in 0..<factors.gatesBefore { delta[gate * columns.blocks + b] = 0 }
      for k in cell.cells(of: b) {
        cellError[k] = error[k] * factors.fromCell[k]
        if let p { cellError[k] += p[k] * output }
        for gate in 0..<factors.gatesBefore {
          delta[gate * columns.blocks + b] += cellError[k] * factors.coefficient(ofGate: gate)[k]
        }
        delta[columns.candidate + k] = cellError[k] * factors.coefficientOfCandidate[k]
      }
    }
  }

  /// Of the peepholes, and of a learned c before the first step.
  private func addOwnGradients(
    _ step: TraceInput<S>, _ n: Int, into gradients: UnsafeMutablePointer<S>, learnsInitialCell: Bool
  ) {
    let (H, size, columns) = (layer.hiddenSize, layer.cell.cellsPerBlock, layer.columns)
    let cellError = cellError.base + n * H
    func sum(_ trace: UnsafePointer<S>, of cell: Int) -> S {
      var sum = S.zero
      for s in 0..<size { sum += cellError[cell / size * size + s] * trace[s] }
      return sum
    }
    if let peepholes = layer.peepholes {
      let before = columns.gateKinds - 1
      let traces = self.peepholes.base + n * before * H * size
      for j in 0..<before * H { gradients[peepholes + j] += sum(traces + j * size, of: j % H) }
      let output = delta.base + n * columns.count + columns.output
      for k in 0..<H { gradients[peepholes + before * H + k] += output[k / size] * step.c[n * H + k] }
    }
    if learnsInitialCell, let initial = layer.initialCell {
      for k in 0..<H { gradients[initial + k] += sum(initialCell.base + (n * H + k) * size, of: k) }
    }
  }
}
