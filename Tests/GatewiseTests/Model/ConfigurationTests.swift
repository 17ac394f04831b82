import Testing

@testable import Gatewise

/// Invalid sizes are refused in one sentence before anything is allocated.
@Suite struct ConfigurationTests {
  private func sentence(_ configuration: LSTMConfiguration) -> String {
    do {
      _ = try LSTM<Float>(configuration, seed: 1)
      return "no error"
    } catch { return "\(error)" }
  }

  @Test func `sizes below 1`() {
    #expect(
      sentence(LSTMConfiguration(inputSize: 0, hiddenSizes: [4])) == "The input size is 0; it must be at least 1.")
    #expect(
      sentence(LSTMConfiguration(inputSize: -3, hiddenSizes: [4])) == "The input size is -3; it must be at least 1.")
    #expect(
      sentence(LSTMConfiguration(inputSize: 3, hiddenSizes: []))
        == "The model has no layers; give a hidden size for at least one.")
    #expect(
      sentence(LSTMConfiguration(inputSize: 3, hiddenSizes: [4, 0]))
        == "The hidden size of layer 1 is 0; it must be at least 1.")
    #expect(
      sentence(LSTMConfiguration(inputSize: 3, hiddenSizes: [4], readout: .init(outputSize: 0)))
        == "The readout has 0 outputs; it must have at least 1.")
  }

  @Test func `sizes beyond memory`() {
    let absurd = [
      LSTMConfiguration(inputSize: 1 << 40, hiddenSizes: [4]), LSTMConfiguration(inputSize: 1, hiddenSizes: [1 << 40]),
      LSTMConfiguration(inputSize: .max, hiddenSizes: [.max, .max]),
      LSTMConfiguration(inputSize: 1, hiddenSizes: [2, 1 << 62]),
      LSTMConfiguration(inputSize: 1, hiddenSizes: [4], readout: .init(outputSize: 1 << 40)),
      LSTMConfiguration(
        inputSize: 1, hiddenSizes: [4], peepholes: true, learnsInitialState: true, readout: .init(outputSize: .max)),
    ]
    for configuration in absurd {
      let sentence = sentence(configuration)
      print(sentence)
      #expect(sentence.hasPrefix("The parameters of a model with hidden sizes ["))
      #expect(sentence.hasSuffix("; choose smaller sizes."))
    }
  }

  /// A model that fits in memory in Float may not fit in Double.
  @Test func `the memory check depends on the number type`() throws {
    let hidden = Int((MemoryLimit.physicalBytes * 0.75 / 16).squareRoot())
    let configuration = LSTMConfiguration(inputSize: 1, hiddenSizes: [hidden])
    try configuration.validate()
    try configuration.validate(for: Float.self)
    #expect(throws: GatewiseError.self) { try configuration.validate(for: Double.self) }
  }

  private func makeEngine(_ configuration: LSTMConfiguration, steps: Int, batchSize: Int) throws -> Any {
    let execution = try Execution.standard()
    return try Gatewise.Engine<Double>(
      EngineShape(
        configuration: configuration, steps: steps, batchSize: batchSize, purpose: .training, execution: execution),
      team: execution.team)
  }

  @Test func `windows beyond memory`() throws {
    let model = try LSTM<Double>(LSTMConfiguration(inputSize: 1, hiddenSizes: [4]), seed: 1)
    for (steps, batchSize) in [(1 << 40, 1), (1, 1 << 40), (Int.max, Int.max)] {
      #expect {
        try makeEngine(model.configuration, steps: steps, batchSize: batchSize)
      } throws: {
        "\($0)".hasPrefix("The memory for \(steps) steps of \(batchSize) sequences with hidden sizes [4] would take ")
      }
    }
    for batchSize in [0, -1] {
      #expect(throws: GatewiseError.self) {
        try makeEngine(model.configuration, steps: 1, batchSize: batchSize)
      }
    }
    #expect(throws: GatewiseError.self) { try makeEngine(model.configuration, steps: -1, batchSize: 1) }
  }

  @Test func `a parameter vector of a wrong length`() {
    let configuration = LSTMConfiguration(inputSize: 2, hiddenSizes: [1])
    #expect(throws: GatewiseError.shapeMismatch(name: "the parameter vector", expected: [16], found: [15])) {
      try LSTM<Float>(configuration, parameters: Array(repeating: 0, count: 15))
    }
  }

  @Test func `derived sizes`() {
    var configuration = LSTMConfiguration(inputSize: 3, hiddenSizes: [5, 2])
    #expect(configuration.layerCount == 2 && configuration.topOutputSize == 2 && configuration.outputSize == 2)
    #expect(configuration.inputSize(ofLayer: 0) == 3 && configuration.inputSize(ofLayer: 1) == 5)
    #expect(!configuration.hasEqualHiddenSizes && !configuration.readsLastStepOnly)
    configuration.readout = .init(outputSize: 7, position: .lastStep)
    configuration.hiddenSizes = [5, 5]
    #expect(configuration.outputSize == 7 && configuration.readsLastStepOnly && configuration.hasEqualHiddenSizes)
  }
}
