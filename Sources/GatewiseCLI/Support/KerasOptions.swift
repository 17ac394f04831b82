import ArgumentParser
import Gatewise
import GatewiseRuns

/// What the weights of a Keras model do not say.
struct KerasOptions: ParsableArguments {
  @Flag(help: "Write the .npz file under Keras' paths, in the order of its set_weights().")
  var keras = false

  @Option(
    help: ArgumentHelp(
      "recurrent_activation of the Keras model (default: logistic); hard-sigmoid(0.2,0.5) for Keras 2.0 to 2.2.",
      valueName: "function"))
  var gateActivation: Activation?

  @Option(help: ArgumentHelp("activation of the Keras model (default: tanh).", valueName: "function"))
  var activation: Activation?

  @Flag(help: "Let the Dense layer read the last step alone, as behind return_sequences=False.")
  var lastStep = false

  /// Those that are about reading.
  private var given: [String] {
    [
      ("--gate-activation", gateActivation != nil), ("--activation", activation != nil), ("--last-step", lastStep),
    ].filter(\.1).map(\.0)
  }

  /// - Throws: `ValidationError` naming an option that is about a kind of file that is not there.
  func check(reads: Bool, writes: Bool) throws {
    if let option = given.first, !reads {
      throw ValidationError("\(option) is about a model of Keras in an .npz file, and none is read; leave it out.")
    }
    if keras, !writes { throw ValidationError("--keras is about .npz files, and none is written; leave it out.") }
  }

  /// The model in a NumPy archive, under the names of a model file or Keras'.
  func open(_ file: NPZFile, prefix: String?) throws -> any OpenedModel {
    if file.entries.contains(where: { $0.name.hasSuffix("weight_hh_l0") }) {
      guard let option = given.first else {
        return try ModelFile(file, prefix: prefix, ignoringOtherPrefixes: prefix != nil)
      }
      throw ValidationError(
        "\(option) is about a model of Keras, but \(file.path) has the names of PyTorch; leave it out.")
    }
    return KerasModel(
      weights: try KerasWeights(file),
      options: .init(
        gateActivation: gateActivation ?? .logistic, activation: activation ?? .tanh, readsLastStep: lastStep))
  }
}

/// A model of Keras that is open for reading.
private struct KerasModel: OpenedModel {
  let weights: KerasWeights
  let options: KerasWeights.Options

  var dataType: DataType { weights.dataType }

  func read<S: Scalar>(as type: S.Type) throws -> ReadModel<S> {
    ReadModel(model: try weights.model(options, as: S.self), extras: [:])
  }
}
