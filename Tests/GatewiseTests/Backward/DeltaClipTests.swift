import Testing

@testable import Gatewise

/// `deltaClip` against scalar loops written from the equations: a sum of clipped deltas is the gradient of nothing, so
/// no oracle of derivatives can judge it.
@Suite struct DeltaClipTests {
  private static let I = 3
  private static let hidden = [4, 3]
  private static let T = 6

  private let drawn: Drawn

  init() throws {
    drawn = try RandomProblem(
      configuration: LSTMConfiguration(inputSize: Self.I, hiddenSizes: Self.hidden, peepholes: true), steps: Self.T,
      batchSize: 1,
      isStateGiven: false, scale: 1
    ).make()
  }

  /// dW, dR, db and dp of every layer with deltas within ±bound, for the loss Σ y∘dy.
  private func scalarGradient(bound: Double, throughRecurrence: Bool) -> [String: [Double]] {
    let model = drawn.model
    func parameters(_ name: String) -> [Double] { Array(model.parameters[model.layout[name]!.range]) }
    func sigma(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    func exp(_ x: Double) -> Double { Double.exp(x) }
    func bounded(_ x: Double) -> Double { min(max(x, -bound), bound) }
    func tanh(_ x: Double) -> Double { 1 - 2 / (exp(2 * x) + 1) }
    var inputs = (0..<Self.T).map { t in Array(drawn.denseInput[t * Self.I..<(t + 1) * Self.I]) }
    var activations: [[[Double]]] = []
    var states: [(h: [[Double]], c: [[Double]], x: [[Double]])] = []
    for (l, H) in Self.hidden.enumerated() {
      let (W, R, b) = (parameters("weight_ih_l\(l)"), parameters("weight_hh_l\(l)"), parameters("bias_ih_l\(l)"))
      let p = parameters("peephole_l\(l)")
      var (h, c) = ([[Double](repeating: 0, count: H)], [[Double](repeating: 0, count: H)])
      var gates: [[Double]] = []
      for t in 0..<Self.T {
        var a = b
        for j in 0..<4 * H {
          for (m, x) in inputs[t].enumerated() { a[j] += x * W[m * 4 * H + j] }
          for (m, y) in h[t].enumerated() { a[j] += y * R[m * 4 * H + j] }
        }
        for k in 0..<H {
          a[k] = sigma(a[k] + p[k] * c[t][k])
          a[H + k] = sigma(a[H + k] + p[H + k] * c[t][k])
          a[2 * H + k] = tanh(a[2 * H + k])
        }
        c.append((0..<H).map { a[H + $0] * c[t][$0] + a[$0] * a[2 * H + $0] })
        for k in 0..<H { a[3 * H + k] = sigma(a[3 * H + k] + p[2 * H + k] * c[t + 1][k]) }
        h.append((0..<H).map { a[3 * H + $0] * tanh(c[t + 1][$0]) })
        gates.append(a)
      }
      activations.append(gates)
      states.append((h, c, inputs))
      inputs = Array(h[1...])
    }
    var result: [String: [Double]] = [:]
    let top = Self.hidden.last!
    var e = (0..<Self.T).map { t in Array(drawn.outputGradient.elements[t * top..<(t + 1) * top]) }
    for l in Self.hidden.indices.reversed() {
      let (H, I) = (Self.hidden[l], states[l].x[0].count)
      let (W, R, p) = (parameters("weight_ih_l\(l)"), parameters("weight_hh_l\(l)"), parameters("peephole_l\(l)"))
      var (dW, dR, db) = (W.map { _ in 0.0 }, R.map { _ in 0.0 }, [Double](repeating: 0, count: 4 * H))
      var dp = p.map { _ in 0.0 }
      var below = [[Double]](repeating: Array(repeating: 0, count: I), count: Self.T)
      var (delta, dc) = ([Double](repeating: 0, count: 4 * H), [Double](repeating: 0, count: H))
      for t in (0..<Self.T).reversed() {
        var dh = e[t]
        if throughRecurrence {
          for k in 0..<H { for j in 0..<4 * H { dh[k] += delta[j] * R[k * 4 * H + j] } }
        }
        let a = activations[l][t]
        for k in 0..<H {
          let (i, f, g, o) = (a[k], a[H + k], a[2 * H + k], a[3 * H + k])
          let bent = tanh(states[l].c[t + 1][k])
          delta[3 * H + k] = bounded(dh[k] * bent * o * (1 - o))
          dc[k] += dh[k] * o * (1 - bent * bent) + p[2 * H + k] * delta[3 * H + k]
          delta[k] = bounded(dc[k] * g * i * (1 - i))
          delta[H + k] = bounded(dc[k] * states[l].c[t][k] * f * (1 - f))
          delta[2 * H + k] = bounded(dc[k] * i * (1 - g * g))
          dc[k] = dc[k] * f + p[k] * delta[k] + p[H + k] * delta[H + k]
          dp[k] += states[l].c[t][k] * delta[k]
          dp[H + k] += states[l].c[t][k] * delta[H + k]
          dp[2 * H + k] += states[l].c[t + 1][k] * delta[3 * H + k]
        }
        for j in 0..<4 * H {
          db[j] += delta[j]
          for m in 0..<I {
            dW[m * 4 * H + j] += states[l].x[t][m] * delta[j]
            below[t][m] += delta[j] * W[m * 4 * H + j]
          }
          for m in 0..<H { dR[m * 4 * H + j] += states[l].h[t][m] * delta[j] }
        }
      }
      (result["weight_ih_l\(l)"], result["weight_hh_l\(l)"], result["bias_ih_l\(l)"]) = (dW, dR, db)
      result["peephole_l\(l)"] = dp
      e = below
    }
    return result
  }

  /// The engine's gradient of the same loss.
  private func gradients(_ rule: GradientRule, _ engine: Engine) throws -> [Double] {
    try drawn.model.gradients(
      of: drawn.batch, outputGradient: drawn.outputGradient, rule: rule, execution: engine.execution()
    ).parameters
  }

  @Test(arguments: [0.02, 0.1, 1000])
  func `deltas are bounded before anything is made of them`(_ bound: Double) throws {
    var worst = WorstDifference()
    let rules: [(GradientRule, Bool)] = [
      (.bptt(deltaClip: bound), true), (.bptt(segment: 2, deltaClip: bound), true),
      (.truncatedBPTT(every: Self.T, depth: Self.T, deltaClip: bound), true),
      (.recurrentCut(peepholePaths: .attached, deltaClip: bound), false),
    ]
    for (rule, throughRecurrence) in rules {
      let expected = scalarGradient(bound: bound, throughRecurrence: throughRecurrence)
      for engine in Engine.all {
        let found = try gradients(rule, engine)
        for (name, numbers) in expected {
          let difference = Agreement.difference(Array(found[drawn.model.layout[name]!.range]), numbers)
          #expect(difference <= 1e-12, "\(name), \(rule), \(engine)")
          worst.note(difference, "\(name), \(rule), \(engine)")
        }
      }
    }
    print("deltas within \(bound), by scalar loops: worst \(worst.difference) (\(worst.place))")
  }

  @Test func `a bound that nothing reaches changes no bit, and one that is reached changes the gradient`() throws {
    for engine in Engine.all {
      let free = try gradients(.bptt(), engine)
      #expect(Agreement.sameBits(try gradients(.bptt(deltaClip: .infinity), engine), free))
      #expect(Agreement.difference(try gradients(.bptt(deltaClip: 0.02), engine), free) > 0.1)
    }
  }

  @Test func `a bound that Float cannot hold leaves nothing, instead of binding nothing`() throws {
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(inputSize: 3, hiddenSizes: [4]), steps: 5, batchSize: 2, isStateGiven: false
    ).make()
    let model = drawn.model.converted(to: Float.self)
    let x = Tensor<Float>(checkedShape: [5, 2, 3], elements: drawn.denseInput.map { Float($0) })
    let found = try model.gradients(of: x, rule: .bptt(deltaClip: 1e-60))
    #expect(found.parameters[model.layout["weight_hh_l0"]!.range].allSatisfy { abs($0) < 1e-36 })
  }

  @Test func `blocks of cells are bounded, too`() throws {
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(inputSize: 3, hiddenSizes: [4], cell: .lstm1997(cellsPerBlock: 2)), steps: 5,
      batchSize: 2, isStateGiven: false
    ).make()
    let x = try Tensor(shape: [5, 2, 3], elements: drawn.denseInput)
    let deltas = try drawn.model.deltas(of: x, outputGradient: drawn.outputGradient, rule: .bptt(deltaClip: 0.01))
    let greatest = deltas[0].elements.map(\.magnitude).max()!
    print("deltas of blocks within 0.01: \(greatest)")
    #expect(greatest == 0.01)
  }

  @Test(arguments: [0, -1, Double.nan])
  func `a bound that is none is refused`(_ bound: Double) throws {
    for rule in [
      .bptt(deltaClip: bound), .truncatedBPTT(every: 1, depth: 2, deltaClip: bound), .recurrentCut(deltaClip: bound),
    ] as [GradientRule] {
      #expect(throws: GatewiseError.invalidArgument("Deltas cannot be clipped to \(bound); the bound is above 0.")) {
        try drawn.model.gradients(of: drawn.batch, rule: rule)
      }
    }
  }
}
