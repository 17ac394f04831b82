import GatewiseReference
import Testing

@testable import Gatewise

/// Passes and sessions with int8 weights: their outputs are those of the codes, for every number of threads and every
/// cut of the work, and near those of full weights.
@Suite struct Int8Tests {
  private static func tile(threads: Int? = nil, _ set: InstructionSet? = nil) throws -> Execution {
    try Engine(set: set ?? .current(), path: .tile).execution(on: threads.map { ThreadTeam(threads: $0) })
  }

  private static func drawn(
    _ configuration: LSTMConfiguration, steps: Int, batchSize: Int, lengths: [Int]? = nil, isToken: Bool = false,
    scale: Double = 0.7, seed: UInt64 = 1
  ) throws -> (model: LSTM<Float>, batch: SequenceBatch<Float>) {
    let drawn = try RandomProblem(
      configuration: configuration, steps: steps, batchSize: batchSize, lengths: lengths, isToken: isToken,
      isStateGiven: false, scale: scale, seed: seed
    ).make()
    var batch = SequenceBatch<Float>(steps: steps, batchSize: batchSize, inputSize: configuration.inputSize)
    batch.inputs = drawn.batch.inputs.map(Float.init)
    batch.tokens = drawn.batch.tokens
    batch.lengths = lengths
    return (drawn.model.converted(to: Float.self), batch)
  }

  /// One layer after the other, one step after the other, one unit after the other, in Double but for the codes.
  private static func emulate(_ model: LSTM<Float>, _ batch: SequenceBatch<Float>) throws -> [Double] {
    let (T, N) = (batch.steps, batch.batchSize)
    var below = batch.inputs
    for (l, H) in model.configuration.hiddenSizes.enumerated() {
      let layer = model.layout.layers[l]
      let I = layer.inputSize
      let p = model.parameters
      let wholeW = Array(p[layer.inputWeights..<layer.inputWeights + I * 4 * H])
      let w = PlainCodes.columns(of: wholeW, count: 4 * H)
      let r = PlainCodes.columns(
        of: Array(p[layer.recurrentWeights..<layer.recurrentWeights + H * 4 * H]), count: 4 * H)
      let b = Array(p[layer.bias.offset..<layer.bias.offset + 4 * H])
      func peephole(_ row: Int, _ j: Int) -> Double { layer.peepholes.map { Double(p[$0 + row * H + j]) } ?? 0 }
      func sigmoid(_ a: Double) -> Double { 1 / (1 + Double.exp(-a)) }
      var h = [Float](repeating: 0, count: T * N * H)
      for n in 0..<N {
        var (y, c) = ([Float](repeating: 0, count: H), [Double](repeating: 0, count: H))
        for t in 0..<T {
          let row = t * N + n
          let isToken = l == 0 && !batch.tokens.isEmpty
          let x = PlainCodes(isToken ? [] : below.rows(row..<row + 1, width: I))
          let before = PlainCodes(y)
          for j in 0..<H {
            let a = stride(from: j, to: 4 * H, by: H).map { column in
              let input = isToken ? Double(wholeW[Int(batch.tokens[row]) * 4 * H + column]) : x * w[column]
              return Double(b[column]) + input + before * r[column]
            }
            let i = sigmoid(a[0] + peephole(0, j) * c[j])
            let f = sigmoid(a[1] + peephole(1, j) * c[j])
            c[j] = f * c[j] + i * (2 * sigmoid(2 * a[2]) - 1)
            let o = sigmoid(a[3] + peephole(2, j) * c[j])
            y[j] = Float(o * (2 * sigmoid(2 * c[j]) - 1))
          }
          h.replaceSubrange(row * H..<(row + 1) * H, with: y)
        }
      }
      below = h
    }
    return below.map(Double.init)
  }

  /// A number half way between two codes may fall to either side by the last bit of what was computed before it. That
  /// is rare, and far above the bound: the few steps of these problems have none.
  @Test(arguments: InstructionSet.supported, [false, true])
  func `outputs are those of the codes`(_ set: InstructionSet, isToken: Bool) throws {
    var worst = 0.0
    for (hidden, I, T, N) in [([17], 6, 3, 1), ([40], 3, 2, 5), ([9, 12], 5, 2, 2), ([64], 33, 2, 9)] {
      let configuration = LSTMConfiguration(inputSize: I, hiddenSizes: hidden, peepholes: hidden.count == 1)
      let (model, batch) = try Self.drawn(configuration, steps: T, batchSize: N, isToken: isToken)
      let found = try model.forward(batch, weights: .int8, execution: Self.tile(set)).output.elements
      worst = max(worst, Agreement.difference(found, try Self.emulate(model, batch)))
    }
    print("\(set): int8 outputs differ from those of the codes by \(worst)")
    #expect(worst < 1e-5)
  }

  @Test(arguments: [1, 2, 3, 8, 33], [nil, [8], [5, 0, 8, 3, 8]] as [[Int]?])
  func `threads and cuts change no bit`(batchSize: Int, lengths: [Int]?) throws {
    let configuration = LSTMConfiguration(inputSize: 21, hiddenSizes: [300, 20], readout: .init(outputSize: 3))
    let lengths = lengths.map { some in (0..<batchSize).map { some[$0 % some.count] } }
    let (model, batch) = try Self.drawn(configuration, steps: 8, batchSize: batchSize, lengths: lengths, scale: 0.1)
    let one = try model.forward(batch, weights: .int8, execution: Self.tile(threads: 1))
    for threads in 2...4 {
      let more = try model.forward(batch, weights: .int8, execution: Self.tile(threads: threads))
      #expect(Agreement.sameBits(more.output.elements, one.output.elements), "\(threads) threads")
      #expect(Agreement.sameBits(more.finalState, one.finalState))
    }
    // With every layer's cells and gates kept, x·W + b has another place.
    let recorded = try model.forward(batch, recordsLayers: true, weights: .int8, execution: Self.tile(threads: 2))
    #expect(Agreement.sameBits(recorded.output.elements, one.output.elements))
    // Each sequence by itself.
    for n in 0..<min(batchSize, 5) {
      let steps = lengths?[n] ?? 8
      var alone = SequenceBatch<Float>(steps: steps, batchSize: 1, inputSize: 21)
      alone.inputs = (0..<steps).flatMap { batch.inputs.rows($0 * batchSize + n..<$0 * batchSize + n + 1, width: 21) }
      let y = try model.forward(alone, weights: .int8, execution: Self.tile(threads: 2)).output.elements
      let among = (0..<steps).flatMap {
        one.output.elements.rows($0 * batchSize + n..<$0 * batchSize + n + 1, width: 3)
      }
      #expect(Agreement.sameBits(y, among), "sequence \(n)")
    }
  }

  /// Two passes at once, each with codes of its own.
  @Test(arguments: [1, 3, 9]) func `both directions`(batchSize: Int) throws {
    let configuration = LSTMConfiguration(inputSize: 21, hiddenSizes: [70, 20], isBidirectional: true)
    let (model, batch) = try Self.drawn(
      configuration, steps: 20, batchSize: batchSize, lengths: (0..<batchSize).map { 20 - $0 }, scale: 0.1)
    let one = try model.forward(batch, weights: .int8, execution: Self.tile(threads: 1)).output.elements
    for _ in 0..<5 {
      let more = try model.forward(batch, weights: .int8, execution: Self.tile(threads: 4)).output.elements
      #expect(Agreement.sameBits(more, one))
    }
    let full = try model.forward(batch, execution: Self.tile()).output.elements
    let difference = Agreement.difference(one, full)
    print("int8 weights, both directions, N \(batchSize): outputs differ by \(difference)")
    #expect(difference > 0 && difference < 0.03)
  }

  @Test func `a session gives the bits of a pass`() throws {
    let configuration = LSTMConfiguration(inputSize: 6, hiddenSizes: [40, 300], peepholes: true)
    let (model, batch) = try Self.drawn(configuration, steps: 5, batchSize: 2, scale: 0.2)
    let pass = try model.forward(batch, weights: .int8, execution: Self.tile(threads: 1)).output.elements
    let session = try StreamingSession(model, batchSize: 2, weights: .int8, execution: Self.tile(threads: 2))
    let steps = try (0..<5).flatMap { try session.step(batch.inputs.rows($0 * 2..<$0 * 2 + 2, width: 6)) }
    #expect(Agreement.sameBits(steps, pass))
  }

  /// Weights and numbers off by half a code of 127 each: the differences of y stay within a fiftieth of its own size.
  @Test func `outputs are near those of full weights`() throws {
    var worst = 0.0
    for seed in 1...4 {
      for (hidden, I, N) in [([64], 32, 4), ([128, 128], 64, 2), ([33, 20, 7], 3, 1)] {
        let configuration = LSTMConfiguration(inputSize: I, hiddenSizes: hidden)
        let model = try LSTM<Float>(configuration, seed: UInt64(seed))
        let batch = try Self.drawn(configuration, steps: 40, batchSize: N, seed: UInt64(seed)).batch
        let full = try model.forward(batch, execution: Self.tile()).output.elements.map(Double.init)
        let found = try model.forward(batch, weights: .int8, execution: Self.tile()).output.elements.map(Double.init)
        let size = full.reduce(0) { $0 + $1 * $1 }
        let distance = zip(full, found).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        worst = max(worst, (distance / size).squareRoot())
        #expect(distance > 0)
      }
    }
    print("int8 weights: outputs differ by \(worst) of their size")
    #expect(worst < 0.02)
  }

  @Test func `what cannot be stored so is refused`() throws {
    let configuration = LSTMConfiguration(inputSize: 2, hiddenSizes: [3])
    #expect(throws: GatewiseError.self) {
      try StreamingSession(LSTM<Double>(configuration, seed: 1), weights: .int8)
    }
    var projected = configuration
    projected.projection = .init(size: 2)
    #expect(throws: GatewiseError.self) { try StreamingSession(LSTM<Float>(projected, seed: 1), weights: .int8) }
    let plain = Execution(team: try .shared(), instructionSet: try .current(), recurrentPath: .plain)
    #expect(throws: GatewiseError.self) {
      try InferencePass<Float>(configuration, steps: 1, batchSize: 1, weights: .int8, execution: plain)
    }
    let wide = LSTMConfiguration(inputSize: WeightStorage.widestInt8Row + 1, hiddenSizes: [1])
    #expect(throws: GatewiseError.self) {
      try InferencePass<Float>(wide, steps: 1, batchSize: 1, weights: .int8, execution: Self.tile())
    }
  }
}
