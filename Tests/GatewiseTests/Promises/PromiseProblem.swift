@testable import Gatewise

/// A configuration with data and a rule, drawn from a number: every variant and rule comes up.
struct PromiseProblem {
  let number: Int
  let problem: RandomProblem
  let rule: GradientRule
  /// The type in which it is computed.
  let isDouble: Bool

  init(_ number: Int) throws {
    self.number = number
    var random = RandomStream(seed: UInt64(number), name: "promise")
    let configuration = Self.configuration(&random)
    let T = 1 + random.index(below: 9)
    let N = random.chance(1, in: 4) ? 33 + random.index(below: 40) : 1 + random.index(below: 12)
    let lengths = random.chance(1, in: 2) ? (0..<N).map { _ in random.index(below: T + 1) } : nil
    var problem = RandomProblem(
      configuration: configuration, steps: T, batchSize: N, lengths: lengths,
      isToken: configuration.embeddingSize != nil || random.chance(1, in: 4), isStateGiven: random.chance(1, in: 2),
      seed: UInt64(number))
    problem.dropping = configuration.regularization == .none ? nil : 5
    self.problem = problem
    rule = Self.rule(for: configuration, &random)
    isDouble = random.chance(1, in: 3)
  }

  /// Whether a sequence's results are its own: masks belong to a place in the batch.
  var allowsOtherOrder: Bool { problem.configuration.regularization == .none }

  private static func configuration(_ random: inout RandomStream) -> LSTMConfiguration {
    let isWide = random.chance(1, in: 4)
    let size = { (random: inout RandomStream) in 2 * (1 + random.index(below: isWide ? 40 : 10)) }
    var hiddenSizes = (0..<1 + random.index(below: 3)).map { _ in size(&random) }
    let isResidual = random.chance(1, in: 8)
    if isResidual { hiddenSizes = hiddenSizes.map { _ in hiddenSizes[0] } }
    var configuration = LSTMConfiguration(
      inputSize: 1 + random.index(below: 20), hiddenSizes: hiddenSizes, isBidirectional: random.chance(1, in: 5),
      peepholes: random.chance(1, in: 3), isResidual: isResidual, learnsInitialState: random.chance(1, in: 3))
    if random.chance(1, in: 5) { configuration.embeddingSize = 1 + random.index(below: 9) }
    if random.chance(1, in: 6) { configuration.projection = .init(size: 1 + random.index(below: 9), clip: nil) }
    if random.chance(1, in: 8) {
      configuration.normalization = LayerNormalization.allCases[random.index(below: 2)]
    }
    switch random.index(below: 8) {
    case 0: configuration.cell = .lstm1997(cellsPerBlock: 2)
    case 1: configuration.cell = .lstm2000(cellsPerBlock: 2)
    case 2: configuration.cell.gating = MemoryCell.Gating.allCases[random.index(below: 4)]
    case 3: (configuration.cell.preActivationClip, configuration.cell.cellClip) = (1.5, 0.8)
    default: break
    }
    switch random.index(below: 10) {
    case 0: configuration.regularization.betweenLayers = 0.3
    case 1: (configuration.regularization.recurrent, configuration.regularization.inputs) = (0.2, 0.2)
    case 2: configuration.regularization.recurrentWeights = 0.3
    case 3: (configuration.regularization.zoneoutCell, configuration.regularization.zoneoutHidden) = (0.2, 0.1)
    default: break
    }
    if !random.chance(1, in: 4) {
      let readsLast = !isResidual && random.chance(1, in: 4)
      configuration.readout = .init(
        outputSize: 2 + random.index(below: 30), position: readsLast ? .lastStep : .everyStep,
        seesInput: !readsLast && random.chance(1, in: 3))
    }
    return configuration
  }

  /// One that can be asked of the configuration.
  private static func rule(for configuration: LSTMConfiguration, _ random: inout RandomStream) -> GradientRule {
    let rules: [GradientRule] = [
      .bptt(segment: 3), .truncatedBPTT(every: 2, depth: 4), .truncatedRTRL(), .truncatedRTRL(lowerLayers: .none),
      .recurrentCut(), .rtrl, .bptt(deltaClip: 0.1),
    ]
    let rule = rules[random.index(below: rules.count)]
    let isTooLarge = rule.definition is RTRL && configuration.hiddenSizes.reduce(0, +) > 24
    if random.chance(1, in: 3) || isTooLarge { return .bptt() }
    return (try? rule.request.validate(for: configuration)) == nil ? .bptt() : rule
  }
}

extension RandomStream {
  /// True `of` times in `all`.
  mutating func chance(_ times: Int, in all: Int) -> Bool { index(below: all) < times }
}
