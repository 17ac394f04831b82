import Foundation
import Gatewise
import Testing

@testable import GatewiseTasks

@Suite("Continual Reber") struct ContinualReberTests {
  @Test("the network has the paper's 424 weights and the paper's initial weights")
  func network() throws {
    let model = try ContinualReber.model(Double.self, seed: 1)
    #expect(model.layout.count == 424)
    let bias = try model.tensor("bias_ih_l0").elements
    #expect(bias == [-0.5, -1, -1.5, -2, 0.5, 1, 1.5, 2, -0.5, -1, -1.5, -2])
    let drawn = model.layout.entries.filter { $0.role != .bias }.flatMap { model.parameters[$0.range] }
    let deviation = (drawn.reduce(0) { $0 + $1 * $1 } / Double(drawn.count)).squareRoot()
    print("\(drawn.count) weights are drawn, standard deviation \(deviation)")
    #expect(drawn.allSatisfy { abs($0) <= 0.2 } && abs(deviation - 0.4 / 12.squareRoot()) < 0.01)
    #expect(try ContinualReber.model(Double.self, seed: 1).parameters == model.parameters)
    #expect(try ContinualReber.model(Double.self, seed: 2).parameters != model.parameters)
  }

  @Test("a prediction is correct if every output is within 0.49 of its target")
  func criterion() {
    func logit(_ p: Double) -> Double { log(p / (1 - p)) }
    func isCorrect(_ outputs: [Double]) -> Bool {
      let targets: [Double] = [1, 1, 0, 0, 0, 0, 0]
      let z = outputs.map(logit)
      let inFloat = ContinualReber.isCorrect(z.map { Float($0) }, targets: targets.map { Float($0) })
      #expect(inFloat == ContinualReber.isCorrect(z, targets: targets))
      return inFloat
    }
    #expect(isCorrect([0.5101, 0.99, 0.4899, 0.01, 0.1, 0.2, 0.3]))
    #expect(!isCorrect([0.5099, 0.99, 0.4899, 0.01, 0.1, 0.2, 0.3]))
    #expect(!isCorrect([0.5101, 0.99, 0.4901, 0.01, 0.1, 0.2, 0.3]))
    #expect(!isCorrect([0.99, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01]))
    #expect(!ContinualReber.isCorrect([.nan, 9, -9, -9, -9, -9, -9], targets: [1, 1, 0, 0, 0, 0, 0] as [Double]))
  }

  @Test("results are classified as in the paper")
  func verdicts() {
    #expect(ErrorFreeLengths([9, 9], limit: 9).verdict == .perfect)
    #expect(ErrorFreeLengths([100_000, 99_999], limit: 100_000).verdict == .good)
    #expect(ErrorFreeLengths([1001, 1000], limit: 100_000).verdict == .good)
    #expect(ErrorFreeLengths([1000, 1000], limit: 100_000).verdict == .rest)
    #expect(ErrorFreeLengths([], limit: 9).verdict == .rest)
  }

  @Test("training follows the paper's equations", arguments: [1, 0.99])
  func oracle(decay: Double) throws {
    let training = try ContinualReberTraining<Double>(seed: 7, decay: decay)
    var network = PaperNetwork(training.model.parameters)
    var stream = ReberStream(random: RandomStream(seed: 7, name: "continual-reber.training"))
    for _ in 0..<400 {
      let found = try training.trainStream()
      network.reset()
      stream.restart()
      var (length, rate, isRight) = (0, 0.5, true)
      while isRight {
        let (symbol, targets) = try stream.step()
        network.step(symbol)
        isRight = zip(network.output, targets).allSatisfy { abs($0 - $1) < 0.49 }
        network.learn(symbol, targets, rate: rate)
        rate *= decay
        if isRight { length += 1 }
      }
      #expect(found == length)
    }
    let pairs = zip(training.model.parameters, network.parameters)
    let difference = pairs.map { abs($0 - $1) }.max()! / network.parameters.map(abs).max()!
    print("400 streams, \(training.symbols) symbols, decay \(decay): parameters differ by \(difference)")
    #expect(difference < 1e-12)
  }

  @Test("training lengthens correct predictions, with the same bits in a second run and for two threads")
  func learning() throws {
    func train(threads: Int) throws -> (lengths: [Int], parameters: [Float]) {
      let training = try ContinualReberTraining<Float>(seed: 1, execution: .threads(threads))
      let lengths = try (0..<3000).map { _ in try training.trainStream() }
      #expect(training.streams == 3000 && training.symbols == lengths.reduce(3000, +))
      return (lengths, training.model.parameters)
    }
    let one = try train(threads: 1)
    let (first, last) = (one.lengths.prefix(500).reduce(0, +), one.lengths.suffix(500).reduce(0, +))
    print("mean length \(Double(first) / 500) in the first 500 streams, \(Double(last) / 500) in the last of 3000")
    #expect(last > 3 * first / 2)
    let again = try train(threads: 1)
    let two = try train(threads: 2)
    #expect(one.lengths == again.lengths && one.parameters == again.parameters)
    #expect(one.lengths == two.lengths && one.parameters == two.parameters)
  }

  @Test("a test leaves the model unchanged, ends each stream at its first error, and always draws new streams")
  func testing() throws {
    let training = try ContinualReberTraining<Double>(seed: 3)
    for _ in 0..<2000 { _ = try training.trainStream() }
    var test = ContinualReberTest(seed: 3, name: "test", streams: 50)
    var same = test
    let first = try #require(try test.run(training.model))
    let second = try #require(try test.run(training.model))
    #expect(try same.run(training.model) == first && first != second && first.lengths.count == 50)
    #expect(try test.run(training.model, shouldStop: { true }) == nil)

    var network = PaperNetwork(training.model.parameters)
    var stream = ReberStream(random: RandomStream(seed: 3, name: "continual-reber.test"))
    for found in first.lengths {
      network.reset()
      stream.restart()
      var length = -1
      var isRight = true
      while isRight {
        length += 1
        let (symbol, targets) = try stream.step()
        network.step(symbol)
        isRight = zip(network.output, targets).allSatisfy { abs($0 - $1) < 0.49 }
      }
      #expect(found == length)
    }
    print("50 test streams after 2000: mean length \(first.mean)")
    var short = ContinualReberTest(seed: 3, name: "test", streams: 50, limit: 2)
    let cut = try #require(try short.run(training.model))
    #expect(cut.lengths.max() == 2)
  }

  @Test("invalid settings are refused")
  func refusals() {
    #expect(throws: GatewiseError.self) { try ContinualReberTraining<Float>(seed: 1, decay: 0) }
    #expect(throws: GatewiseError.self) { try ContinualReberTraining<Float>(seed: 1, decay: 1.1) }
    #expect(throws: GatewiseError.self) { try ContinualReberTraining<Float>(seed: 1, learningRate: -1) }
    #expect(throws: GatewiseError.self) { try ContinualReberTraining<Float>(seed: 1, limit: 0) }
  }
}

extension ReberStream {
  /// The next symbol, and targets of 1 for every symbol that may follow it, 0 for the others.
  mutating func step() throws -> (symbol: ReberSymbol, targets: [Double]) {
    let symbol = next()
    let legal = grammar.successors(of: try #require(node))
    return (try #require(symbol), ReberSymbol.allCases.map { legal.contains($0) ? 1 : 0 })
  }
}
