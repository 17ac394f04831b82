import ArgumentParser
import Gatewise
import GatewiseONNX
import GatewiseRuns

/// The kinds of files that hold models, told by the end of the name.
enum ModelFormat: String, CaseIterable {
  case safetensors
  case npz
  case onnx

  /// - Throws: `ValidationError` naming the kinds there are.
  init(_ path: String) throws {
    try Self.checkIsNoKerasFile(path)
    guard !PickledFile.isNamed(path) else { throw ValidationError("\(path) \(PickledFile.problem)") }
    guard let format = Self.allCases.first(where: { path.lowercased().hasSuffix(".\($0.rawValue)") }) else {
      let kinds = Self.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
      throw ValidationError("\(path) must end in one of \(kinds).")
    }
    self = format
  }

  /// Whether its tensors have names, with a prefix or without.
  var hasNames: Bool { self != .onnx }

  /// - Throws: `ValidationError` for Keras' own files, with what makes an `.npz` file of them.
  private static func checkIsNoKerasFile(_ path: String) throws {
    guard [".h5", ".hdf5", ".keras"].contains(where: { path.lowercased().hasSuffix($0) }) else { return }
    throw ValidationError(
      """
      \(path) is a file of Keras' own, which is neither read nor written; make an .npz file of it in Python:
        import keras, numpy
        model = keras.saving.load_model("model.keras")
        numpy.savez("model.npz", **dict(zip([w.path for w in model.weights], model.get_weights())))
      """)
  }

  /// Opens a model file of this kind: where a prefix is given, the LSTM that is under it, without what else is there.
  ///
  /// - Throws: `GatewiseError.file` where it is damaged or no model.
  func open(_ path: String, prefix: String?, keras: KerasOptions) throws -> any OpenedModel {
    switch self {
    case .safetensors: try ModelFile(contentsOf: path, prefix: prefix, ignoringOtherPrefixes: prefix != nil)
    case .npz: try keras.open(NPZFile(path: path), prefix: prefix)
    case .onnx: try ONNXFile(contentsOf: path)
    }
  }

  /// What another program makes of a file of this kind that Gatewise does not, one sentence each.
  func notes(on configuration: LSTMConfiguration) -> [String] {
    guard self == .onnx, let clip = configuration.cell.preActivationClip else { return [] }
    return [
      "ONNX Runtime does not clip what goes into the output activation h, which Gatewise and ONNX's specification do: where "
        + "a cell state is beyond ±\(clip), its outputs differ."
    ]
  }

  /// Writes a model file of this kind.
  ///
  /// - Throws: `GatewiseError` where the kind cannot say what the model is, or the file cannot be written.
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

/// A model out of a file, with what stood beside it.
struct ReadModel<S: Scalar> {
  let model: LSTM<S>
  /// Text that was stored beside the model.
  let extras: [String: String]
  /// How its tensors are spelled; nil where the kind of file has no names of ours.
  var names: ModelNames?
  /// What the file says that the model does not, one sentence each.
  var notes: [String] = []
}

/// A model file that is open for reading.
protocol OpenedModel {
  /// The type in which nothing of the weights is lost.
  var dataType: DataType { get }

  /// The model, its weights converted to `S`.
  func read<S: Scalar>(as type: S.Type) throws -> ReadModel<S>
}

extension ModelFile: OpenedModel {
  func read<S: Scalar>(as type: S.Type) throws -> ReadModel<S> {
    var read = ReadModel(model: try model(as: S.self), extras: extras, names: names)
    if otherTensorCount > 0 {
      let what = names.prefix.isEmpty ? "the model" : "the LSTM under the prefix \"\(names.prefix)\""
      let others = otherTensorCount == 1 ? "1 other tensor was" : "\(otherTensorCount) other tensors were"
      read.notes.append("\(what) is read; \(others) left out.")
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
      read.notes.append("the graph ends in \(function.rawValue), which is no part of the model.")
    }
    if let embedding = graph.embedding, embedding.takesIndices {
      read.notes.append(
        "the graph's input \(embedding.inputName) is indices; the model's x [T, N, \(embedding.table.shape[0])] has a one"
          + " in the place of each.")
    }
    return read
  }
}
