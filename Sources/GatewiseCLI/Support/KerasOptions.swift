import ArgumentParser
import Gatewise
import GatewiseRuns

/// The options for properties of a Keras model that its weights do not contain.
struct KerasOptions: ParsableArguments {
  @Flag(help: "Write the .npz file with Keras's paths, in the order of its set_weights().")
  var keras = false

  @Option(
    help: ArgumentHelp(
      "recurrent_activation of the Keras model (default: logistic); hard-sigmoid(0.2,0.5) for Keras 2.0 to 2.2.",
      valueName: "function"))
  var gateActivation: Activation?

  @Option(help: ArgumentHelp("activation of the Keras model (default: tanh).", valueName: "function"))
  var activation: Activation?

  @Flag(help: "Apply the Dense layer to the last step only, as after return_sequences=False.")
  var lastStep = false

  /// The given options that apply to reading.
  private var given: [String] {
    [
      ("--gate-activation", gateActivation != nil), ("--activation", activation != nil), ("--last-step", lastStep),
    ].filter(\.1).map(\.0)
  }

  /// Checks that the options apply to the files that are read and written.
  ///
  /// - Throws: `ValidationError` naming an option for a format that is not used.
  func check(reads: Bool, writes: Bool) throws {
    if let option = given.first, !reads {
      throw ValidationError("\(option) is for reading a Keras model from an .npz file; leave it out.")
    }
    if keras, !writes { throw ValidationError("--keras is for writing an .npz file; leave it out.") }
  }

  /// Returns the model in a NumPy archive, with the names of a model file or with Keras's.
  func open(_ file: NPZFile, prefix: String?) throws -> any OpenedModel {
    if file.entries.contains(where: { $0.name.hasSuffix("weight_hh_l0") }) {
      guard let option = given.first else {
        return try ModelFile(file, prefix: prefix, ignoringOtherPrefixes: prefix != nil)
      }
      throw ValidationError(
        "\(option) is for a Keras model, but the tensors of \(file.path) have PyTorch's names; leave it out.")
    }
    return KerasModel(
      weights: try KerasWeights(file),
      options: .init(
        gateActivation: gateActivation ?? .logistic, activation: activation ?? .tanh, readsLastStep: lastStep))
  }
}

/// A Keras model that is open for reading.
private struct KerasModel: OpenedModel {
  let weights: KerasWeights
  let options: KerasWeights.Options

  var dataType: DataType { weights.dataType }

  func read<S: Scalar>(as type: S.Type) throws -> ReadModel<S> {
    ReadModel(model: try weights.model(options, as: S.self), extras: [:])
  }
}
