@testable import Gatewise

/// A stack with variants beside its cells, with data: both directions, projections, clips, norms, what is left out,
/// residual connections and an embedding, each alone and in combinations with each other and with the family of cells.
struct VariantMember: Sendable {
  let name: String
  var configuration: LSTMConfiguration
  var isToken = false
  var lengths: [Int]? = [4, 0, 6, 1]

  static let T = 6
  static let N = 4

  var problem: RandomProblem {
    var problem = RandomProblem(
      configuration: configuration, steps: Self.T, batchSize: Self.N, lengths: lengths, isToken: isToken,
      isStateGiven: !configuration.learnsInitialState)
    problem.seed = UInt64(name.utf8.reduce(7) { ($0 &* 31 &+ Int($1)) & 0xffff })
    problem.dropping = configuration.regularization == .none ? nil : 11
    return problem
  }

  /// Each variant by itself, on equal lengths and on ragged ones.
  static let alone: [VariantMember] = variants.flatMap { name, change in
    [nil, [4, 0, 6, 1]].map { lengths in
      var configuration = LSTMConfiguration(inputSize: 3, hiddenSizes: [5, 5])
      change(&configuration)
      return VariantMember(
        name: name + (lengths == nil ? "" : ", ragged"), configuration: configuration,
        isToken: name.hasSuffix("tokens"), lengths: lengths)
    }
  }

  /// Pairs of variants, each pair in one of several settings that go round in a cycle of their own.
  static let pairs: [VariantMember] = {
    var members: [VariantMember] = []
    for i in variants.indices {
      for j in variants.indices where j > i {
        var configuration = LSTMConfiguration(inputSize: 3, hiddenSizes: [5, 5])
        variants[i].change(&configuration)
        variants[j].change(&configuration)
        let setting = (i * 5 + j) % settings.count
        settings[setting](&configuration)
        let name = "\(variants[i].name) and \(variants[j].name), setting \(setting)"
        members.append(
          VariantMember(
            name: name, configuration: configuration, isToken: name.contains("tokens"),
            lengths: j % 3 == 0 ? nil : [4, 0, 6, 1]))
      }
    }
    return members
  }()

  /// Names and what they change; norms stand over no fewer than five cells, where they do not amplify rounding.
  static let variants: [(name: String, change: @Sendable (inout LSTMConfiguration) -> Void)] = [
    ("both directions", { $0.isBidirectional = true }),
    ("a projection", { $0.projection = .init(size: 5) }),
    ("a bounded projection", { $0.projection = .init(size: 5, clip: 0.2) }),
    ("bounded pre-activations", { $0.cell.preActivationClip = 0.7 }),
    ("bounded cells", { $0.cell.cellClip = 0.4 }),
    ("hard sigmoids", { $0.cell.gateActivation = .hardSigmoid(alpha: 0.3, beta: 0.5) }),
    ("normalized nets", { $0.normalization = .gates }),
    ("normalized products", { $0.normalization = .productsAndCell }),
    ("dropout between layers", { $0.regularization.betweenLayers = 0.4 }),
    ("dropout of inputs", { $0.regularization.inputs = 0.4 }),
    ("recurrent dropout", { $0.regularization.recurrent = 0.4 }),
    ("DropConnect", { $0.regularization.recurrentWeights = 0.4 }),
    ("zoneout of cells", { $0.regularization.zoneoutCell = 0.4 }),
    ("zoneout of outputs", { $0.regularization.zoneoutHidden = 0.4 }),
    ("residual connections", { $0.isResidual = true }),
    ("an embedding", { $0.embeddingSize = 4 }),
    ("an embedding of tokens", { $0.embeddingSize = 4 }),
    ("dropout of tokens", { $0.regularization.inputs = 0.3 }),
    ("both directions of tokens", { $0.isBidirectional = true }),
  ]

  /// What else a model may have.
  private static let settings: [@Sendable (inout LSTMConfiguration) -> Void] = [
    { _ in },
    { $0.peepholes = true },
    { $0.learnsInitialState = true },
    { $0.readout = .init(outputSize: 2, seesInput: true) },
    {
      $0.cell.gating = .keepInput; $0.peepholes = true
    },
    {
      $0.cell.gating = .keepForget; $0.biases = .none
    },
    { $0.readout = $0.isResidual ? .init(outputSize: 2) : .init(outputSize: 2, position: .lastStep) },
    {
      $0.cell.gateRecurrence = true; $0.biases = Biases(gates: true, cells: false, outputs: true)
    },
    {
      $0.cell.inputActivation = .softplus; $0.cell.outputActivation = .elu(alpha: 0.7)
    },
    {
      $0.cell.inputActivation = .leakyReLU(alpha: 0.2); $0.cell.gateActivation = .affine(alpha: 0.4, beta: 0.3)
    },
    {
      $0.cell.outputActivation = .scaledTanh(alpha: 1.3, beta: 0.7);
      $0.cell.inputActivation = .thresholdedReLU(alpha: 0.1)
    },
  ]
}
