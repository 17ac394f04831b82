import Testing

@testable import Gatewise

/// What cannot be is said in one sentence.
@Suite struct VariantRefusalTests {
  private func sentence(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return ""
  }

  private static let twoWays = LSTMConfiguration(inputSize: 2, hiddenSizes: [3, 3], isBidirectional: true)

  @Test func `online rules and streaming refuse a bidirectional model`() throws {
    let model = try LSTM<Double>(Self.twoWays, seed: 1)
    let x = Tensor<Double>(repeating: 0.1, shape: [4, 1, 2])
    let rules: [GradientRule] = [
      .truncatedRTRL(), .truncatedRTRL(lowerLayers: .none), .rtrl, .recurrentCut(), .truncatedBPTT(every: 1, depth: 2),
      .bptt(segment: 2),
    ]
    for rule in rules {
      let said = sentence { _ = try model.gradients(of: x, rule: rule) }
      #expect(said.contains("cannot run a bidirectional model"), "\(rule): \(said)")
    }
    #expect(sentence { _ = try StreamingSession(model) }.contains("Streaming cannot run a bidirectional model"))
    #expect(sentence { _ = try OnlineGradients<Double>(Self.twoWays) }.contains("cannot run a bidirectional model"))
    let trainer = try Trainer(model, loss: MeanSquaredError(), optimizer: SGD(learningRate: 0.1))
    var batch = SequenceBatch<Double>(steps: 2, batchSize: 1, inputSize: 2, outputSize: 6)
    batch.targets = Array(repeating: 0, count: 12)
    batch.inputs = Array(repeating: 0, count: 4)
    _ = try trainer.step(batch)
    batch.continuesState = true
    #expect(sentence { _ = try trainer.step(batch) }.contains("windows that continue"))
  }

  @Test func `rules over derivatives of states refuse what stands between layers`() throws {
    for (name, change) in VariantMember.variants {
      var configuration = LSTMConfiguration(inputSize: 3, hiddenSizes: [5, 5])
      change(&configuration)
      let x = Tensor<Double>(repeating: 0.1, shape: [2, 1, 3])
      let model = try LSTM<Double>(configuration, seed: 1)
      let isCell = configuration == LSTMConfiguration(inputSize: 3, hiddenSizes: [5, 5], cell: configuration.cell)
      for rule in [.rtrl, .truncatedRTRL()] as [GradientRule] {
        let said = sentence { _ = try model.gradients(of: x, rule: rule) }
        #expect(said.isEmpty == isCell, "\(name): \(said)")
      }
    }
  }

  @Test func `a configuration that cannot be is named`() {
    let faults: [(words: String, change: (inout LSTMConfiguration) -> Void)] = [
      ("projection has 0", { $0.projection = .init(size: 0) }),
      ("above 0", { $0.projection = .init(size: 2, clip: 0) }),
      ("above 0", { $0.projection = .init(size: 2, clip: .nan) }),
      ("above 0", { $0.cell.cellClip = -1 }),
      ("above 0", { $0.cell.preActivationClip = 0 }),
      ("embedding has 0", { $0.embeddingSize = 0 }),
      ("GiB", { ($0.isBidirectional, $0.hiddenSizes, $0.isResidual) = (true, [.max, .max], true) }),
      ("GiB", { ($0.embeddingSize, $0.inputSize) = (.max, .max) }),
      ("GiB", { $0.projection = .init(size: .max) }),
      ("Layer 1 has 3 inputs and 4 outputs", { ($0.isResidual, $0.hiddenSizes) = (true, [3, 4]) }),
      ("residual", { ($0.isResidual, $0.readout) = (true, .init(outputSize: 1, position: .lastStep)) }),
      ("zoneout of cells is 1.0", { $0.regularization.zoneoutCell = 1 }),
      ("dropout of inputs is -0.1", { $0.regularization.inputs = -0.1 }),
      ("monotonic", { $0.cell.gateActivation = .leakyReLU(alpha: -1) }),
      ("0 everywhere", { $0.cell.inputActivation = .scaledTanh(alpha: 0, beta: 1) }),
      ("finite", { $0.cell.outputActivation = .affine(alpha: .infinity, beta: 0) }),
    ]
    for (words, change) in faults {
      var configuration = LSTMConfiguration(inputSize: 2, hiddenSizes: [3, 3])
      change(&configuration)
      let said = sentence { try configuration.validate() }
      #expect(said.contains(words), "\(said)")
    }
  }

  /// α tanh(βx) with an α that single precision rounds to 0 would have the derivative 0/0.
  @Test(arguments: [
    Activation.scaledTanh(alpha: 1e-60, beta: 1), .affine(alpha: 1e60, beta: 0), .elu(alpha: 1e-40),
    .hardSigmoid(alpha: 0.2, beta: 1e-300),
  ])
  func `a parameter that single precision cannot hold`(_ activation: Activation) throws {
    let configuration = LSTMConfiguration(inputSize: 2, hiddenSizes: [3], cell: .init(inputActivation: activation))
    try configuration.validate()
    let model = try LSTM<Double>(configuration, seed: 1)
    let x = Tensor<Double>(repeating: 0.1, shape: [4, 1, 2])
    #expect(try model.forward(x).output.elements.allSatisfy(\.isFinite))
    let narrow = model.converted(to: Float.self)
    for said in [
      sentence { _ = try LSTM<Float>(configuration, seed: 1) },
      sentence { _ = try narrow.forward(Tensor(repeating: 0.1, shape: [4, 1, 2])) },
    ] {
      #expect(said.contains("\(activation)") && said.contains("F32") && said.contains("F64"), "\(said)")
    }
    let exact = LSTMConfiguration(
      inputSize: 2, hiddenSizes: [3], cell: .init(inputActivation: .affine(alpha: 0.1, beta: 0)))
    _ = try LSTM<Float>(exact, seed: 1)
  }

  @Test func `an activation is its text`() throws {
    for activation in Activation.allCases + [.hardSigmoid(alpha: 1.0 / 6, beta: 0.5), .elu(alpha: 0)] {
      #expect(Activation(activation.description) == activation, "\(activation)")
    }
    #expect(Activation("hard-sigmoid") == .hardSigmoid(alpha: 0.2, beta: 0.5))
    for text in ["", "tanh(1)", "elu()", "elu(1", "elu(x)", "affine(1)", "affine(1,2,3)", "(1)"] {
      #expect(Activation(text) == nil, "\(text)")
    }
  }
}
