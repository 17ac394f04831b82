import Foundation
import Testing

@testable import Gatewise

/// Ten updates on one batch against PyTorch's: every loss, and every parameter after the tenth update.
@Suite struct PyTorchTrainingTests {
  enum Case: String, CaseIterable {
    case adam, adamw, sgd, rmsprop

    var optimizer: any Optimizer {
      switch self {
      case .adam: Adam(learningRate: 0.01)
      case .adamw: AdamW(learningRate: 0.01, weightDecay: 0.1)
      case .sgd: SGD(learningRate: 0.05, momentum: 0.9)
      case .rmsprop: RMSprop(learningRate: 0.01)
      }
    }

    var readsLastStep: Bool { self == .sgd || self == .rmsprop }
  }

  @Test(arguments: Case.allCases) func tenUpdatesInDouble(_ training: Case) throws {
    let (losses, parameters) = try differences(training, file: "train-\(training.rawValue)-f64", as: Double.self)
    print("\(training): losses differ by \(losses), parameters by \(parameters)")
    #expect(losses < 1e-10)
    #expect(parameters < 1e-10)
  }

  @Test(arguments: Case.allCases) func tenUpdatesInFloat(_ training: Case) throws {
    let (losses, parameters) = try differences(training, file: "train-\(training.rawValue)-f32", as: Float.self)
    print("\(training): losses differ by \(losses), parameters by \(parameters)")
    #expect(losses < 1e-5)
    #expect(parameters < 1e-5)
  }

  /// The largest relative differences of losses and of parameters.
  private func differences<S: Scalar>(
    _ training: Case, file: String, as type: S.Type
  ) throws -> (losses: Double, parameters: Double) {
    let path = try #require(
      Bundle.module.path(forResource: file, ofType: "safetensors", inDirectory: "Fixtures"))
    let fixture = try SafetensorsFile(path: path)
    let x: Tensor<S> = try fixture.tensor("x")
    let plain = try model(in: fixture, prefix: "", readsLastStep: training.readsLastStep, as: type)
    var batch = try SequenceBatch(inputs: x)
    batch.outputSize = plain.configuration.outputSize
    let loss: any Loss
    if training.readsLastStep {
      batch.targets = try fixture.tensor("targets", as: S.self).elements
      loss = MeanSquaredError()
    } else {
      batch.classes = try fixture.integers("classes").map(Int32.init)
      loss = SoftmaxCrossEntropy()
    }
    let trainer = try Trainer(plain, loss: loss, optimizer: training.optimizer)
    let found = try (0..<10).map { _ in try trainer.step(batch).loss }
    let expected = try fixture.tensor("losses", as: Double.self).elements
    let after = try model(in: fixture, prefix: "after.", readsLastStep: training.readsLastStep, as: type)
    return (
      relativeDifference(found, expected),
      relativeDifference(trainer.model.parameters.map { Double($0) }, after.parameters.map { Double($0) })
    )
  }

  /// Returns the fixture's parameters in the engine's order; the files contain the transposes.
  private func model<S: Scalar>(
    in fixture: SafetensorsFile, prefix: String, readsLastStep: Bool, as type: S.Type
  ) throws -> LSTM<S> {
    let head = try fixture.tensor("head.weight", as: S.self)
    let first = try fixture.tensor("weight_ih_l0", as: S.self)
    let hidden = head.shape[1]
    var model = try LSTM<S>(
      LSTMConfiguration(
        inputSize: first.shape[1], hiddenSizes: [hidden, hidden],
        readout: .init(outputSize: head.shape[0], position: readsLastStep ? .lastStep : .everyStep)), seed: 0)
    for entry in model.layout.entries {
      let tensor = try fixture.tensor(prefix + entry.name, as: S.self)
      try model.setTensor(entry.name, to: tensor.shape.count == 1 ? tensor : transposed(tensor))
    }
    return model
  }

  private func transposed<S: Scalar>(_ tensor: Tensor<S>) throws -> Tensor<S> {
    var result = Tensor<S>(repeating: 0, shape: tensor.shape.reversed())
    for i in 0..<tensor.shape[0] {
      for j in 0..<tensor.shape[1] { result[j, i] = tensor[i, j] }
    }
    return result
  }

  private func relativeDifference(_ found: [Double], _ expected: [Double]) -> Double {
    let largest = expected.reduce(0) { max($0, abs($1)) }
    return zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / largest
  }
}
