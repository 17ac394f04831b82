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
  /// `[N·rows, width]`: of W, R, U and b, for every column in front of the state the S cells of its block.
  private let weights: AlignedBuffer<S>
  /// `[N·gates in front·H, S]`: of those gates' peepholes.
  private let peepholes: AlignedBuffer<S>
  /// `[N·H, S]`: of c before the first step.
  private let initialCell: AlignedBuffer<S>
  /// `[N, …]` as `CellFactors` says.
  private let factors: AlignedBuffer<S>
  /// `[2·N, width]`: coefficients and keeps, laid out as a row of traces.
  private let spread: AlignedBuffer<S>
  /// `[N, H·S]`: M, row by row.
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
    for row in 0..<initialTraces.rows { initialTraces[row][row % layer.hiddenSize % size] = 1 }
  }

  private func factors(_ n: Int) -> CellFactors<S> {
    let count = CellFactors<S>.count(layer.columns)
    return CellFactors(layer.columns, memory: factors.vector.vector(at: n * count, count: count))
  }

  private var initialTraces: MatrixView<S> {
    initialCell.vector.matrix(rows: batchSize * layer.hiddenSize, columns: layer.cell.cellsPerBlock)
  }

  private var decays: MatrixView<S> {
    decay.vector.matrix(rows: batchSize, columns: layer.hiddenSize * layer.cell.cellsPerBlock)
  }

  /// The traces of the peepholes in front of the state of a sequence, `[gates in front·H, S]`.
  private func peepholeTraces(_ n: Int) -> MatrixView<S> {
    let rows = (layer.columns.gateKinds - 1) * layer.hiddenSize
    let size = layer.cell.cellsPerBlock
    return peepholes.vector.matrix(at: n * rows * size, rows: rows, columns: size)
  }

  /// Takes the traces from t-1 to t.
  func advance(_ step: TraceInput<S>, team: ThreadTeam?) {
    let (H, shape, cell) = (layer.hiddenSize, TraceShape(layer), step.cell)
    let (spread, decays) = (spread.vector.matrix(rows: 2 * batchSize, columns: shape.width), decays)
    for n in 0..<batchSize {
      let (factors, keeps) = (factors(n), spread[2 * n + 1])
      factors.update(cell, gates: step.gates[n], cPrevious: step.cPrevious[n], c: step.c[n])
      fillDecay(factors, cell, decays[n])
      shape.spread(factors, into: spread[2 * n], keeps: keeps)
      if shape.cellsPerBlock == 1 {
        // M is one number a cell: it takes the place of keeps.
        for start in stride(from: 0, to: shape.width, by: H) {
          keeps.vector(at: start, count: H).copy(from: decays[n])
        }
      }
      advanceOwnTraces(step, n, factors)
    }
    let job = TraceStep(
      shape: shape, batchSize: batchSize, step: step, spread: spread,
      decay: paths == .attached && layer.peepholes != nil && shape.cellsPerBlock > 1 ? decays : nil,
      traces: weights.vector.matrix(rows: batchSize * shape.rows, columns: shape.width))
    team.run(job, tasks: job.tasks)
  }

  /// M: what each cell of a block keeps of each.
  private func fillDecay(_ factors: CellFactors<S>, _ cell: BlockCell<S>, _ decay: VectorView<S>) {
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
    let (decay, cPrevious, initialTraces) = (decays[n], step.cPrevious[n], initialTraces)
    func keep(_ trace: VectorView<S>, of cell: Int) {
      TraceStep.multiply(decay.matrix(at: cell / size * size * size, rows: size, columns: size), trace)
    }
    for k in 0..<H { keep(initialTraces[n * H + k], of: k) }
    guard peepholes.count > 0 else { return }
    let traces = peepholeTraces(n)
    for gate in 0..<factors.gatesBefore {
      let coefficient = factors.coefficient(ofGate: gate)
      for k in 0..<H {
        let trace = traces[gate * H + k]
        keep(trace, of: k)
        for s in 0..<size { trace[s] += coefficient[k / size * size + s] * cPrevious[k] }
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
    _ error: MatrixView<S>, _ step: TraceInput<S>, into gradients: VectorView<S>, bias db: VectorView<S>,
    learnsInitialCell: Bool, team: ThreadTeam?
  ) -> MatrixView<S> {
    let (shape, deltas, cellErrors) = (TraceShape(layer), deltas, cellErrors)
    let spreadErrors = spreadError.vector.matrix(rows: batchSize, columns: shape.width)
    for n in 0..<batchSize {
      fillErrors(factors(n), step.cell, error[n], deltas[n], cellErrors[n])
      shape.spread(error: cellErrors[n], into: spreadErrors[n])
      addOwnGradients(step, n, into: gradients, learnsInitialCell: learnsInitialCell)
    }
    if !layer.bias.isFull { db.fill(0) }
    let job = TraceGradient(
      shape: shape, batchSize: batchSize, step: step,
      traces: weights.vector.matrix(rows: batchSize * shape.rows, columns: shape.width), cellError: spreadErrors,
      delta: deltas,
      gradient: gradients.matrix(at: layer.inputWeights, rows: shape.rows - 1, columns: shape.columns), bias: db)
    team.run(job, tasks: job.tasks)
    if !layer.bias.isFull {
      layer.bias.forEachRange { place, range in
        for j in 0..<range.count { gradients[place + j] += db[range.lowerBound + j] }
      }
    }
    return deltas
  }

  private var deltas: MatrixView<S> { delta.vector.matrix(rows: batchSize, columns: layer.columns.count) }
  private var cellErrors: MatrixView<S> { cellError.vector.matrix(rows: batchSize, columns: layer.hiddenSize) }

  /// e_s and δ_t of one sequence from the error of its output.
  private func fillErrors(
    _ factors: CellFactors<S>, _ cell: BlockCell<S>, _ error: VectorView<S>, _ delta: VectorView<S>,
    _ cellError: VectorView<S>
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
    _ step: TraceInput<S>, _ n: Int, into gradients: VectorView<S>, learnsInitialCell: Bool
  ) {
    let (H, size, columns) = (layer.hiddenSize, layer.cell.cellsPerBlock, layer.columns)
    let (cellError, c, initialTraces) = (cellErrors[n], step.c[n], initialTraces)
    func sum(_ trace: VectorView<S>, of cell: Int) -> S {
      var sum = S.zero
      for s in 0..<size { sum += cellError[cell / size * size + s] * trace[s] }
      return sum
    }
    if let peepholes = layer.peepholes {
      let before = columns.gateKinds - 1
      let traces = peepholeTraces(n)
      for j in 0..<before * H { gradients[peepholes + j] += sum(traces[j], of: j % H) }
      let output = deltas[n].from(columns.output)
      for k in 0..<H { gradients[peepholes + before * H + k] += output[k / size] * c[k] }
    }
    if learnsInitialCell, let initial = layer.initialCell {
      for k in 0..<H { gradients[initial + k] += sum(initialTraces[n * H + k], of: k) }
    }
  }
}
