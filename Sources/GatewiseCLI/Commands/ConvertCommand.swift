import ArgumentParser
import Gatewise

/// The command `gatewise convert`.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Converts a model from one file format to another.",
    discussion: """
      Examples:
        gatewise convert model.safetensors model.onnx
        gatewise convert exported.onnx model.safetensors
        gatewise convert keras.npz model.safetensors --last-step
        gatewise convert model.safetensors keras.npz --keras
        gatewise convert both.safetensors decoder.onnx --prefix decoder.

      The file name extension selects the format.
      .safetensors  A model of Gatewise or of PyTorch.
      .npz  The same tensors as NumPy arrays, or the weights of a Keras model, under Keras's paths or as \
      numpy.savez(path, *model.get_weights()) writes them: an Embedding, LSTM or Bidirectional layers, a Dense layer.
      .onnx  A graph of LSTM nodes with the nodes that exporters write around them. A graph that convert writes takes \
      x [T, N, I] and returns y, hT and cT. A setting that ONNX cannot represent is an error that names it, and \
      convert reports where ONNX Runtime computes a different result.
      The data type is kept. A function applied to the outputs of a graph (Softmax, LogSoftmax, Sigmoid) is not part \
      of the model, since Gatewise's losses include it; convert reports it.
      """)

  @Argument(help: ArgumentHelp("The model to read.", valueName: "from"))
  var source: String

  @Argument(help: ArgumentHelp("The file to write.", valueName: "to"))
  var target: String

  @Option(
    help: ArgumentHelp(
      "Prefix of the tensor names. If the source has names, it selects one LSTM of that file and is kept in the "
        + "target; otherwise it is added in the target.", valueName: "text"))
  var prefix: String?

  @Flag(help: "Give the ONNX graph an input lengths [N] (int32): the number of steps of each sequence.")
  var lengths = false

  @OptionGroup(title: "Keras") var keras: KerasOptions

  func validate() throws {
    let (from, to) = (try ModelFormat(source), try ModelFormat(target))
    guard from != to || from == .npz else {
      throw ValidationError("\(source) and \(target) have the same format; give files of two formats.")
    }
    guard prefix == nil || from.hasNames || to.hasNames else {
      throw ValidationError("--prefix needs a .safetensors or .npz file, but neither file is one; leave it out.")
    }
    guard !lengths || to == .onnx else {
      throw ValidationError("--lengths needs an ONNX graph as target, but \(target) is not one; leave it out.")
    }
    try keras.check(reads: from == .npz, writes: to == .npz)
  }

  func run() throws {
    let opened = try ModelFormat(source).open(source, prefix: prefix, keras: keras)
    switch opened.dataType {
    case .float32: try convert(opened, as: Float.self)
    case .float64: try convert(opened, as: Double.self)
    }
  }

  private func convert<S: Scalar>(_ opened: any OpenedModel, as type: S.Type) throws {
    let read = try opened.read(as: S.self)
    try ModelFormat(target).write(read, to: target, prefix: prefix, takesLengths: lengths, keras: keras)
    for note in read.notes { try StandardOutput.print("\(source): \(note)") }
    for note in try ModelFormat(target).notes(on: read.model.configuration) {
      try StandardOutput.print("\(target): \(note)")
    }
  }
}
