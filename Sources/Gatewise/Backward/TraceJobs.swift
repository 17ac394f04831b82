/// One step of the traces of W, R and b. One task is some rows.
struct TraceStep<S: Scalar>: TeamJob {
  let layer: LayerParameters
  let batchSize: Int
  let step: LayerTraces<S>.Step
  /// `[N, 2, 3H]`
  let factors: UnsafePointer<S>
  /// `[N, I + H + 1, 3H]`
  let traces: UnsafeMutablePointer<S>

  var tasks: Int { TraceRows.tasks(layer) }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let (width, rows) = (3 * layer.hiddenSize, layer.inputSize + layer.hiddenSize + 1)
    for n in 0..<batchSize {
      let (coefficients, decay) = (factors + n * 2 * width, factors + (n * 2 + 1) * width)
      for m in TraceRows.range(task, layer) {
        let (trace, u) = (traces + (n * rows + m) * width, step.u(m, n, layer))
        for j in 0..<width { trace[j] = decay[j] * trace[j] + coefficients[j] * u }
      }
    }
  }
}

/// dW, dR and db of one step: e_s times the traces of i, f and g, and δ^o times u_t. One task is some rows.
struct TraceGradient<S: Scalar>: TeamJob {
  let layer: LayerParameters
  let batchSize: Int
  let step: LayerTraces<S>.Step
  /// `[N, I + H + 1, 3H]`
  let traces: UnsafePointer<S>
  /// `[N, 3H]`
  let cellError: UnsafePointer<S>
  /// `[N, 4H]`
  let delta: UnsafePointer<S>
  /// `[I + H + 1, 4H]`: W, R and b lie one after the other.
  let gradient: UnsafeMutablePointer<S>

  var tasks: Int { TraceRows.tasks(layer) }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let (H, rows) = (layer.hiddenSize, layer.inputSize + layer.hiddenSize + 1)
    for n in 0..<batchSize {
      let (e, output) = (cellError + n * 3 * H, delta + n * 4 * H + 3 * H)
      for m in TraceRows.range(task, layer) {
        let (trace, sum) = (traces + (n * rows + m) * 3 * H, gradient + m * 4 * H)
        let u = step.u(m, n, layer)
        for j in 0..<3 * H { sum[j] += e[j] * trace[j] }
        for k in 0..<H { sum[3 * H + k] += output[k] * u }
      }
    }
  }
}

/// How the rows of W, R and b are shared between threads.
private enum TraceRows {
  /// Enough numbers that handing them out is cheap.
  private static let numbersPerTask = 16_384

  private static func rowsPerTask(_ layer: LayerParameters) -> Int { max(1, numbersPerTask / (3 * layer.hiddenSize)) }

  private static func rows(_ layer: LayerParameters) -> Int { layer.inputSize + layer.hiddenSize + 1 }

  static func tasks(_ layer: LayerParameters) -> Int {
    (rows(layer) + rowsPerTask(layer) - 1) / rowsPerTask(layer)
  }

  static func range(_ task: Int, _ layer: LayerParameters) -> Range<Int> {
    task * rowsPerTask(layer)..<min(rows(layer), (task + 1) * rowsPerTask(layer))
  }
}
