/// ∂c_t by one layer's weights, as far as the truncation leaves it (Gradient rules, Traces):
///
///     ∂c_t/∂w = decay ∘ ∂c_{t-1}/∂w + coefficient ∘ u_t,    u_t = [x_t, y_{t-1}, 1]
///
/// with the coefficients g i', c_{t-1} f' and i g' of the gates i, f and g, and with decay = f, or, where peepholes let
/// errors through, f + p_i g i' + p_f c_{t-1} f'. The output gate acts behind the state and needs no trace.
final class LayerTraces<S: Scalar> {
  let layer: LayerParameters
  private let batchSize: Int
  private let paths: PeepholePaths
  /// `[N, I + H + 1, 3H]`: of W, R and b, columns i, f, g.
  private let weights: AlignedBuffer<S>
  /// `[N, 2, H]`: of the peepholes i and f.
  private let peepholes: AlignedBuffer<S>
  /// `[N, H]`: of c before the first step.
  private let initialCell: AlignedBuffer<S>
  /// `[N, 2, 3H]`: coefficients i, f, g, and the decay three times.
  private let factors: AlignedBuffer<S>
  /// `[N, 2, H]`: ∂y/∂c with the output gate held, and ∂y/∂net_o.
  private let outputs: AlignedBuffer<S>
  /// `[N, 4H]`: δ_t, and e_s three times.
  private let delta: AlignedBuffer<S>
  private let cellError: AlignedBuffer<S>

  /// Numbers that a layer keeps for a sequence.
  static func count(_ layer: LayerParameters) -> Double {
    let (H, I) = (Double(layer.hiddenSize), Double(layer.inputSize))
    return 3 * H * (I + H + 1) + 18 * H
  }

  init(_ layer: LayerParameters, batchSize: Int, paths: PeepholePaths) {
    let (H, I, N) = (layer.hiddenSize, layer.inputSize, batchSize)
    (self.layer, self.batchSize, self.paths) = (layer, batchSize, paths)
    weights = AlignedBuffer(count: N * (I + H + 1) * 3 * H)
    peepholes = AlignedBuffer(count: layer.peepholes == nil ? 0 : N * 2 * H)
    initialCell = AlignedBuffer(count: N * H)
    factors = AlignedBuffer(count: N * 6 * H)
    outputs = AlignedBuffer(count: N * 2 * H)
    delta = AlignedBuffer(count: N * 4 * H)
    cellError = AlignedBuffer(count: N * 3 * H)
    reset()
  }

  /// Nothing has been seen: c depends on itself alone.
  func reset() {
    weights.zero()
    peepholes.zero()
    for j in 0..<initialCell.count { initialCell.base[j] = 1 }
  }

  /// What a step of the layer has made, `[N, …]`.
  struct Step {
    /// `[N, I]`, or nil where there are tokens.
    let input: UnsafePointer<S>?
    /// `[N]`
    let tokens: UnsafePointer<Int32>
    /// `[N, 4H]`
    let gates: UnsafePointer<S>
    /// `[N, H]` each.
    let yPrevious: UnsafePointer<S>
    let cPrevious: UnsafePointer<S>
    let c: UnsafePointer<S>
    let peepholes: Peepholes<S>

    /// u_m of a sequence, in rows of W, R and b.
    func u(_ m: Int, _ n: Int, _ layer: LayerParameters) -> S {
      if m < layer.inputSize {
        return input.map { $0[n * layer.inputSize + m] } ?? (Int(tokens[n]) == m ? 1 : 0)
      }
      return m < layer.inputSize + layer.hiddenSize ? yPrevious[n * layer.hiddenSize + m - layer.inputSize] : 1
    }
  }

  /// Takes the traces from t-1 to t.
  func advance(_ step: Step, kernels: Kernels<S>, team: ThreadTeam) {
    let H = layer.hiddenSize
    kernels.tanh(batchSize * H, step.c, cellError.base)
    for n in 0..<batchSize {
      let (a, factors, outputs) = (step.gates + n * 4 * H, factors.base + n * 6 * H, outputs.base + n * 2 * H)
      for k in 0..<H {
        let (i, f, g, o) = (a[k], a[H + k], a[2 * H + k], a[3 * H + k])
        let h = cellError.base[n * H + k]
        factors[k] = g * i * (1 - i)
        factors[H + k] = step.cPrevious[n * H + k] * f * (1 - f)
        factors[2 * H + k] = i * (1 - g * g)
        var decay = f
        if paths == .attached {
          decay += (step.peepholes.i?[k] ?? 0) * factors[k] + (step.peepholes.f?[k] ?? 0) * factors[H + k]
        }
        for block in 3..<6 { factors[block * H + k] = decay }
        outputs[k] = o * (1 - h * h)
        outputs[H + k] = h * o * (1 - o)
      }
      advanceOwnTraces(step, n)
    }
    let job = TraceStep(
      layer: layer, batchSize: batchSize, step: step, factors: factors.base, traces: weights.base)
    team.run(job, tasks: job.tasks)
  }

  /// Those of the peepholes i and f, which see c_{t-1}, and of the initial state.
  private func advanceOwnTraces(_ step: Step, _ n: Int) {
    let H = layer.hiddenSize
    let factors = factors.base + n * 6 * H
    for k in 0..<H { initialCell.base[n * H + k] *= factors[3 * H + k] }
    guard peepholes.count > 0 else { return }
    let traces = peepholes.base + n * 2 * H
    for j in 0..<2 * H { traces[j] = factors[3 * H + j] * traces[j] + factors[j] * step.cPrevious[n * H + j % H] }
  }

  /// Adds what the error of y_t makes of the traces to the gradient.
  ///
  /// - Parameters:
  ///   - error: e_t `[N, H]`.
  ///   - gradients: `[P]`.
  ///   - learnsInitialCell: whether a learned initial state was started from.
  /// - Returns: δ_t `[N, 4H]`, of the error of step t alone.
  func addGradient(
    _ error: UnsafePointer<S>, _ step: Step, into gradients: UnsafeMutablePointer<S>, learnsInitialCell: Bool,
    team: ThreadTeam
  ) -> UnsafePointer<S> {
    let H = layer.hiddenSize
    for n in 0..<batchSize {
      let (factors, outputs) = (factors.base + n * 6 * H, outputs.base + n * 2 * H)
      let (delta, cellError) = (delta.base + n * 4 * H, cellError.base + n * 3 * H)
      for k in 0..<H {
        let e = error[n * H + k]
        let output = e * outputs[H + k]
        var es = e * outputs[k]
        if paths != .detached { es += (step.peepholes.o?[k] ?? 0) * output }
        for gate in 0..<3 {
          cellError[gate * H + k] = es
          delta[gate * H + k] = es * factors[gate * H + k]
        }
        delta[3 * H + k] = output
      }
      addOwnGradients(step, n, into: gradients, learnsInitialCell: learnsInitialCell)
    }
    let job = TraceGradient(
      layer: layer, batchSize: batchSize, step: step, traces: weights.base, cellError: cellError.base,
      delta: delta.base, gradient: gradients + layer.inputWeights)
    team.run(job, tasks: job.tasks)
    return UnsafePointer(delta.base)
  }

  /// Of the peepholes, and of a learned c before the first step.
  private func addOwnGradients(
    _ step: Step, _ n: Int, into gradients: UnsafeMutablePointer<S>, learnsInitialCell: Bool
  ) {
    let H = layer.hiddenSize
    let cellError = cellError.base + n * 3 * H
    if let peepholes = layer.peepholes {
      let (traces, gradient) = (self.peepholes.base + n * 2 * H, gradients + peepholes)
      for j in 0..<2 * H { gradient[j] += cellError[j] * traces[j] }
      for k in 0..<H { gradient[2 * H + k] += delta.base[n * 4 * H + 3 * H + k] * step.c[n * H + k] }
    }
    if learnsInitialCell, let initial = layer.initialCell {
      for k in 0..<H { gradients[initial + k] += cellError[k] * initialCell.base[n * H + k] }
    }
  }
}
