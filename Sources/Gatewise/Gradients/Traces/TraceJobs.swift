/// One step of the traces of W, R, U and b. One task is some rows.
struct TraceStep<S: Scalar>: TeamJob, @unchecked Sendable {
  let shape: TraceShape
  let batchSize: Int
  let step: TraceInput<S>
  /// `[N, 2, width]`: coefficients and keeps.
  let spread: UnsafePointer<S>
  /// `[N, H, S]`: M; nil where a cell keeps itself alone.
  let decay: UnsafePointer<S>?
  /// `[N, rows, width]`
  let traces: UnsafeMutablePointer<S>

  var tasks: Int { shape.tasks }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let width = shape.width
    for n in 0..<batchSize {
      let (coefficients, keeps) = (spread + n * 2 * width, spread + (n * 2 + 1) * width)
      for m in shape.range(task) {
        let (trace, u) = (traces + (n * shape.rows + m) * width, step.u(m, n, shape))
        if let decay {
          mix(trace, decay + n * shape.hiddenSize * shape.cellsPerBlock)
          for j in 0..<width { trace[j] += coefficients[j] * u }
        } else {
          for j in 0..<width { trace[j] = keeps[j] * trace[j] + coefficients[j] * u }
        }
      }
    }
  }

  /// Every column's traces times M of its block.
  private func mix(_ trace: UnsafeMutablePointer<S>, _ decay: UnsafePointer<S>) {
    let (size, H) = (shape.cellsPerBlock, shape.hiddenSize)
    for column in 0..<shape.columnsBefore {
      let isGate = column < shape.gatesBefore * H / size
      let block = isGate ? column % (H / size) : (column - shape.gatesBefore * H / size) / size
      Self.multiply(decay + block * size * size, trace + column * size, size)
    }
  }

  /// v ← M·v for M `[S, S]`.
  static func multiply(_ M: UnsafePointer<S>, _ v: UnsafeMutablePointer<S>, _ size: Int) {
    if size == 1 {
      v[0] *= M[0]
      return
    }
    withUnsafeTemporaryAllocation(of: S.self, capacity: size) { old in
      for s in 0..<size { old.initializeElement(at: s, to: v[s]) }
      for row in 0..<size {
        var sum = S.zero
        for s in 0..<size { sum += M[row * size + s] * old[s] }
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
  /// `[N, rows, width]`
  let traces: UnsafePointer<S>
  /// `[N, width]`
  let cellError: UnsafePointer<S>
  /// `[N, C]`
  let delta: UnsafePointer<S>
  /// `[I + H + G, C]`: W, R and U lie one after the other.
  let gradient: UnsafeMutablePointer<S>
  /// `[C]`: db.
  let bias: UnsafeMutablePointer<S>

  var tasks: Int { shape.tasks }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let (width, columns, before, size) = (shape.width, shape.columns, shape.columnsBefore, shape.cellsPerBlock)
    for n in 0..<batchSize {
      let (e, output) = (cellError + n * width, delta + n * columns + before)
      for m in shape.range(task) {
        let trace = traces + (n * shape.rows + m) * width
        let (sum, u) = (m == shape.rows - 1 ? bias : gradient + m * columns, step.u(m, n, shape))
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
