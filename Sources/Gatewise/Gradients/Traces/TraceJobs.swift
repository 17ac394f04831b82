/// One step of the traces of W, R, U and b. One task is some rows.
struct TraceStep<S: Scalar>: TeamJob, @unchecked Sendable {
  let shape: TraceShape
  let batchSize: Int
  let step: TraceInput<S>
  /// `[2·N, width]`: of each sequence coefficients and keeps.
  let spread: MatrixView<S>
  /// `[N, H·S]`: M; nil where a cell keeps itself alone.
  let decay: MatrixView<S>?
  /// `[N·rows, width]`
  let traces: MatrixView<S>

  var tasks: Int { shape.tasks }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let width = shape.width
    for n in 0..<batchSize {
      let (coefficients, keeps) = (spread[2 * n], spread[2 * n + 1])
      for m in shape.range(task) {
        let (trace, u) = (traces[n * shape.rows + m], step.u(m, n, shape))
        if let decay {
          mix(trace, decay[n])
          for j in 0..<width { trace[j] += coefficients[j] * u }
        } else {
          for j in 0..<width { trace[j] = keeps[j] * trace[j] + coefficients[j] * u }
        }
      }
    }
  }

  /// Every column's traces times M of its block.
  private func mix(_ trace: VectorView<S>, _ decay: VectorView<S>) {
    let (size, H) = (shape.cellsPerBlock, shape.hiddenSize)
    for column in 0..<shape.columnsBefore {
      let isGate = column < shape.gatesBefore * H / size
      let block = isGate ? column % (H / size) : (column - shape.gatesBefore * H / size) / size
      Self.multiply(
        decay.matrix(at: block * size * size, rows: size, columns: size), trace.vector(at: column * size, count: size))
    }
  }

  /// v ← M·v for M `[S, S]`.
  static func multiply(_ M: MatrixView<S>, _ v: VectorView<S>) {
    let size = v.count
    if size == 1 {
      v[0] *= M[0][0]
      return
    }
    withScratch(of: S.self, count: size) { old in
      old.copy(from: v)
      for row in 0..<size {
        var sum = S.zero
        for s in 0..<size { sum += M[row][s] * old[s] }
        v[row] = sum
      }
    }
  }
}

/// dW, dR, dU and db of one step: e_s times the traces in front of the state, and δ^o times u_t. One task is some rows.
struct TraceGradient<S: Scalar>: TeamJob, @unchecked Sendable {
  let shape: TraceShape
  let batchSize: Int
  let step: TraceInput<S>
  /// `[N·rows, width]`
  let traces: MatrixView<S>
  /// `[N, width]`
  let cellError: MatrixView<S>
  /// `[N, C]`
  let delta: MatrixView<S>
  /// `[I + H + G, C]`: W, R and U lie one after the other.
  let gradient: MatrixView<S>
  /// `[C]`: db.
  let bias: VectorView<S>

  var tasks: Int { shape.tasks }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let (columns, before, size) = (shape.columns, shape.columnsBefore, shape.cellsPerBlock)
    for n in 0..<batchSize {
      let (e, output) = (cellError[n], delta[n].from(before))
      for m in shape.range(task) {
        let trace = traces[n * shape.rows + m]
        let (sum, u) = (m == shape.rows - 1 ? bias : gradient[m], step.u(m, n, shape))
        if size == 1 {
          for j in 0..<before { sum[j] += e[j] * trace[j] }
        } else {
          for column in 0..<before {
            for j in column * size..<(column + 1) * size { sum[column] += e[j] * trace[j] }
          }
        }
        for j in 0..<columns - before { sum[before + j] += output[j] * u }
      }
    }
  }
}
