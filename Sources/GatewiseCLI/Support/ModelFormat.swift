import ArgumentParser
import Gatewise
import GatewiseONNX
import GatewiseRuns

/// The formats of model files, selected by the file name extension.
enum ModelFormat: String, CaseIterable {
  case safetensors
  case npz
  case onnx

  /// Creates the format of the file at `path`.
  ///
  /// - Throws: `ValidationError` naming the formats.
  init(_ path: String) throws {
    try Self.checkIsNoKerasFile(path)
    guard !PickledFile.isNamed(path) else { throw ValidationError("\(path) \(PickledFile.problem)") }
    guard let format = Self.allCases.first(where: { path.lowercased().hasSuffix(".\($0.rawValue)") }) else {
      let kinds = Self.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
      throw ValidationError("\(path) must end in one of \(kinds).")
    }
    self = format
  }

  /// Whether the tensors have names, with or without a prefix.
  var hasNames: Bool { self != .onnx }

  /// Checks that a file does not have one of Keras's own formats.
  ///
  /// - Throws: `ValidationError` that shows how to convert the file to an `.npz` file.
  private static func checkIsNoKerasFile(_ path: String) throws {
    guard [".h5", ".hdf5", ".keras"].contains(where: { path.lowercased().hasSuffix($0) }) else { return }
    throw ValidationError(
      """
      \(path) has Keras's own format, which is neither read nor written; convert it to an .npz file in Python:
        import keras, numpy
        model = keras.saving.load_model("model.keras")
        numpy.savez("model.npz", **dict(zip([w.path for w in model.weights], model.get_weights())))
      """)
  }

  /// Opens a model file of this format. If a prefix is given, opens only the LSTM with that prefix.
  ///
  /// - Throws: `GatewiseError.file` if the file is damaged or not a model.
  func open(_ path: String, prefix: String?, keras: KerasOptions) throws -> any OpenedModel {
    switch self {
    case .safetensors: try ModelFile(contentsOf: path, prefix: prefix, ignoringOtherPrefixes: prefix != nil)
    case .npz: try keras.open(NPZFile(path: path), prefix: prefix)
    case .onnx: try ONNXFile(contentsOf: path)
    }
  }

  /// Returns notes on differences between other programs and Gatewise for a file of this format, one sentence each.
  func notes(on configuration: LSTMConfiguration) -> [String] {
    guard self == .onnx, let clip = configuration.cell.preActivationClip else { return [] }
    return [
      "ONNX Runtime does not clip the input of the output activation h, unlike Gatewise and the ONNX specification: if "
        + "a cell state is beyond ±\(clip), its outputs differ."
    ]
  }

  /// Writes a model file of this format.
  ///
  /// - Throws: `GatewiseError` if the format cannot represent the model, or the file cannot be written.
  func write<S: Scalar>(
    _ read: ReadModel<S>, to path: String, prefix: String?, takesLengths: Bool, keras: KerasOptions
  ) throws {
    let names = read.names ?? ModelNames(prefix: prefix ?? "")
    switch self {
    case .safetensors:
      try read.model.write(to: path, names: names, extras: read.extras)
    case .npz where keras.keras: try read.model.writeKeras(to: path)
    case .npz: try read.model.writeNPZ(to: path, names: names, extras: read.extras)
    case .onnx: try read.model.writeONNX(to: path, takesLengths: takesLengths, extras: read.extras)
    }
  }
}

/// A model read from a file, with its names and metadata.
struct ReadModel<S: Scalar> {
  let model: LSTM<S>
  /// Text that was stored with the model.
  let extras: [String: String]
  /// The names of the tensors; nil if the format does not use Gatewise's names.
  var names: ModelNames?
  /// Notes on content of the file that is not part of the model, one sentence each.
  var notes: [String] = []
}

/// A model file that is open for reading.
protocol OpenedModel {
  /// The data type that represents the weights without loss.
  var dataType: DataType { get }

  /// Returns the model, with its weights converted to `S`.
  func read<S: Scalar>(as type: S.Type) throws -> ReadModel<S>
}

extension ModelFile: OpenedModel {
  func read<S: Scalar>(as type: S.Type) throws -> ReadModel<S> {
    var read = ReadModel(model: try model(as: S.self), extras: extras, names: names)
    if otherTensorCount > 0 {
      let what = names.prefix.isEmpty ? "the model" : "the LSTM with the prefix \"\(names.prefix)\""
      let others = otherTensorCount == 1 ? "1 other tensor was" : "\(otherTensorCount) other tensors were"
      read.notes.append("\(what) was read; \(others) ignored.")
    }
    return read
  }
}

extension ONNXFile: OpenedModel {
  func read<S: Scalar>(as type: S.Type) throws -> ReadModel<S> {
    let graph = try graph(as: S.self)
    var read = ReadModel(model: try graph.model(), extras: graph.extras)
    read.notes = ModelFormat.onnx.notes(on: read.model.configuration)
    if let function = graph.outputFunction {
      read.notes.append("the graph ends in \(function.rawValue), which is not part of the model.")
    }
    if let embedding = graph.embedding, embedding.takesIndices {
      read.notes.append(
        "the graph's input \(embedding.inputName) holds indices; the model's x [T, N, \(embedding.table.shape[0])] is"
          + " their one-hot encoding.")
    }
    return read
  }
}
