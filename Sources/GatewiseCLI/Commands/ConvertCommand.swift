import ArgumentParser
import Gatewise

/// `gatewise convert`
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Turns a model of one kind of file into another.",
    discussion: """
      Examples:
        gatewise convert model.safetensors model.onnx
        gatewise convert exported.onnx model.safetensors
        gatewise convert keras.npz model.safetensors --last-step
        gatewise convert model.safetensors keras.npz --keras
        gatewise convert both.safetensors decoder.onnx --prefix decoder.

      The kind of a file is told by the end of its name.
      .safetensors  A model of Gatewise or of PyTorch.
      .npz  The same as NumPy arrays, or the weights of a Keras model, under Keras' paths or as \
      numpy.savez(path, *model.get_weights()) writes them: an Embedding, LSTM or Bidirectional layers, a Dense layer.
      .onnx  A graph of LSTM nodes with what exporters write around them. Written, it takes x [T, N, I] and gives \
      y, hT and cT; what ONNX cannot say is refused by name, and convert says what ONNX Runtime computes differently.
      Numbers keep their type. A function behind the outputs of a graph (Softmax, LogSoftmax, Sigmoid) is no part of a \
      model, whose losses have it in them; convert says so.
      """)

  @Argument(help: ArgumentHelp("The model to read.", valueName: "from"))
  var source: String

  @Argument(help: ArgumentHelp("The file to write.", valueName: "to"))
  var target: String

  @Option(
    help: ArgumentHelp(
      "What stands before the names of the tensors: in the file that is read, of which it picks one LSTM, and which is "
        + "kept in what is written; else in what is written.", valueName: "text"))
  var prefix: String?

  @Flag(help: "Give the ONNX graph an input lengths [N] (int32): the steps of every sequence.")
  var lengths = false

  @OptionGroup(title: "Keras") var keras: KerasOptions

  func validate() throws {
    let (from, to) = (try ModelFormat(source), try ModelFormat(target))
    guard from != to || from == .npz else {
      throw ValidationError("\(source) and \(target) are of one kind; name files of two kinds.")
    }
    guard prefix == nil || from.hasNames || to.hasNames else {
      throw ValidationError("--prefix is about names in safetensors and .npz files, and neither file is one.")
    }
    guard !lengths || to == .onnx else {
      throw ValidationError("--lengths is about ONNX graphs, and \(target) is none.")
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
