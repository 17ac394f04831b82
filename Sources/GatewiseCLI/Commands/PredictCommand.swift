import ArgumentParser
import Gatewise
import GatewiseRuns

/// The command `gatewise predict`.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Runs a model over sequences and writes its outputs.",
    discussion: """
      Examples:
        gatewise predict model.safetensors --input rows.csv --output forecast.csv
        gatewise predict model.safetensors --input x.npy --output y.npy
        gatewise predict model.safetensors --input x.safetensors \\
          --output y.safetensors --all-states
        gatewise predict model.safetensors --input x.npy --output y.npy \\
          --weights int8 --compare

      The file name extension selects the format.
      .safetensors  Input: x [T, N, I] and, optionally, lengths [N] (int64), h0 and c0 [L, N, H] (h0_l0 [N, H] and \
      so on if layers differ in size; [2L, N, H] if bidirectional; h0 is [L, N, P] with a projection). Output: \
      y [T, N, K], hT, cT; padding in y is zero.
      .npz  The same tensors as arrays of a NumPy archive.
      .npy  Input: [T, I] or [T, N, I]. Output: y. If the output is CSV, a forecasting model reads the array as \
      train --npy does: [rows, columns], with columns identified by their numbers.
      .csv  Input: the columns that the model was trained on. Output: forecasts in the columns' own units, or \
      classes with their probabilities; for a model that was not trained on a table, its raw outputs.
      Outputs are computed in the data type of x, or for CSV in that of the model.
      """)

  @Argument(help: ArgumentHelp("The model, a safetensors file.", valueName: "model"))
  var model: String

  @Option(help: ArgumentHelp("The sequences: a .safetensors, .npz, .npy or .csv file.", valueName: "file"))
  var input: String

  @Option(
    help: ArgumentHelp("The file to write: .safetensors, .npz, .npy, or, for a table, .csv.", valueName: "file"))
  var output: String

  @Flag(
    help: """
      Also write h_l0 and c_l0 [T, N, H], gates_l0 [T, N, 4H] (activations i, f, g, o), and so on for every layer, \
      with the suffix _reverse for a reverse direction.
      """)
  var allStates = false

  @OptionGroup var weights: WeightsOption

  @Flag(help: "Also compute y with full weights, and print how much y with the weights of --weights differs from it.")
  var compare = false

  @OptionGroup var threads: ThreadsOption

  @OptionGroup var memory: MemoryOption

  func validate() throws {
    let kinds = (input: try FileKind("--input", input), output: try FileKind("--output", output))
    try OutputPath.check(output, isNoneOf: [model, input])
    if kinds.output == .csv, kinds.input != .csv, kinds.input != .npy {
      throw ValidationError(
        "--output \(output) is CSV, which needs an --input of .csv or .npy; write .safetensors or .npy.")
    }
    if allStates, kinds.output != .safetensors, kinds.output != .npz {
      throw ValidationError("--all-states writes several tensors, so --output must end in .safetensors or .npz.")
    }
    if compare, weights.storage == .full {
      throw ValidationError(
        "--compare compares reduced with full weights; add --weights bfloat16 or --weights int8, or leave it out.")
    }
  }

  func run() throws {
    let file = try ModelFile(contentsOf: model)
    let execution = try threads.execution()
    switch try FileKind("--input", input) {
    case .safetensors, .npz:
      let io = try TensorFiles.open(input)
      switch try SequenceInput<Float>.dataType(of: io, others: ["h0", "c0"]) {
      case .float32: try predict(Float.self, io, file, execution)
      case .float64: try predict(Double.self, io, file, execution)
      }
    case .npy where try FileKind("--output", output) == .csv:
      switch file.dataType {
      case .float32: try predict(Float.self, NumPyTable(path: input), file, execution)
      case .float64: try predict(Double.self, NumPyTable(path: input), file, execution)
      }
    case .npy:
      let array = try NumPyFile(path: input)
      switch array.dataType {
      case .float32: try predict(Float.self, array, file, execution)
      case .float64: try predict(Double.self, array, file, execution)
      }
    case .csv:
      switch file.dataType {
      case .float32: try predict(Float.self, Table(path: input), file, execution)
      case .float64: try predict(Double.self, Table(path: input), file, execution)
      }
    }
    memory.report()
  }

  private func predict<S: Scalar>(
    _: S.Type, _ io: any TensorFile, _ file: ModelFile, _ execution: Execution
  ) throws {
    let sequences = try SequenceInput<S>(io, for: file.configuration)
    try write(
      forward(file, sequences.x, sequences.lengths, initialState: sequences.initialState, execution: execution),
      of: file.configuration)
  }

  private func predict<S: Scalar>(_: S.Type, _ array: NumPyFile, _ file: ModelFile, _ execution: Execution) throws {
    let x: Tensor<S> = try array.sequences(inputSize: file.configuration.inputSize)
    try write(forward(file, x, execution: execution), of: file.configuration, dropsBatch: array.shape.count == 2)
  }

  private func predict<S: Scalar>(
    _: S.Type, _ table: any SeriesTable, _ file: ModelFile, _ execution: Execution
  ) throws {
    let data = try ModelData.read(from: file.extras, path: model)
    let sequences = try TableInput<S>(table, data, for: file.configuration, modelPath: model)
    let result = try forward(file, sequences.x, sequences.lengths, execution: execution)
    if try FileKind("--output", output) == .csv {
      try AtomicFile.write(sequences.text(result.output), to: output)
    } else {
      try write(result, of: file.configuration)
    }
  }

  /// Runs the forward pass whose result is written. With `--compare`, also runs one with full weights and prints the
  /// differences to standard output.
  private func forward<S: Scalar>(
    _ file: ModelFile, _ x: Tensor<S>, _ lengths: [Int]? = nil, initialState: LSTMState<S>? = nil, execution: Execution
  ) throws -> ForwardResult<S> {
    let model = try file.model(as: S.self)
    let result = try model.forward(
      x, lengths: lengths, initialState: initialState, recordsLayers: allStates, weights: weights.storage,
      execution: execution)
    guard compare else { return result }
    let full = try model.forward(x, lengths: lengths, initialState: initialState, execution: execution)
    let comparison = OutputComparison(
      result.output, with: full.output, lengths: file.configuration.readsLastStepOnly ? nil : lengths,
      isClasses: try ModelData.read(from: file.extras, path: self.model)?.hasClasses ?? false)
    try StandardOutput.print(comparison.text(of: "\(weights.storage.rawValue) weights"))
    try StandardOutput.flush()
    return result
  }

  /// Writes a result to the output file.
  ///
  /// - Parameter dropsBatch: whether a .npy file has shape `[T, K]`, because the input was `[T, I]`.
  private func write<S: Scalar>(
    _ result: ForwardResult<S>, of configuration: LSTMConfiguration, dropsBatch: Bool = false
  ) throws {
    if try FileKind("--output", output) == .npy {
      let y = result.output
      let shape = dropsBatch ? [y.shape[0], y.shape[2]] : y.shape
      return try NumPyFile.write(Tensor(shape: shape, elements: y.elements), to: output)
    }
    var tensors = [SafetensorsFile.NamedTensor("y", result.output)]
    tensors += result.finalState.namedTensors(
      hidden: "hT", cell: "cT", gates: "gT", isBidirectional: configuration.isBidirectional)
    for (suffix, record) in zip(configuration.directionSuffixes, result.layers) {
      tensors += [
        .init("h\(suffix)", record.hidden), .init("c\(suffix)", record.cells), .init("gates\(suffix)", record.gates),
      ]
    }
    try TensorFiles.write(tensors, to: output)
  }
}

/// The formats of files that contain sequences, selected by the file name extension.
enum FileKind: String, CaseIterable {
  case safetensors
  case npz
  case npy
  case csv

  /// Creates the format of the file at `path`.
  ///
  /// - Throws: `ValidationError` naming the option and the formats.
  init(_ option: String, _ path: String) throws {
    guard let kind = Self.allCases.first(where: { path.lowercased().hasSuffix(".\($0.rawValue)") }) else {
      throw ValidationError("\(option) \(path) must end in .safetensors, .npz, .npy or .csv.")
    }
    self = kind
  }
}
