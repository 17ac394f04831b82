import ArgumentParser
import Gatewise

/// `gatewise gradients`
struct GradientsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradients",
    abstract: "Computes the gradients of a model for given inputs and given gradients of its outputs.",
    discussion: """
      Example:
        gatewise gradients model.safetensors --input io.safetensors \\
          --output gradients.safetensors

      The input file holds x [T, N, I] and, where wanted, lengths [N] (int64), h0 and c0 [L, N, H], and the incoming \
      gradients dy [T, N, K] (K = H of the highest layer where the model has no readout; [1, N, K] for a readout on \
      the last step), dhT and dcT [L, N, H]. Where all three incoming gradients are absent dy is ones; where one is \
      given the others are zeros. A bidirectional layer has two entries in a state, the forward direction's first, and \
      a projected one [L, N, P] in h. Where layers differ in size a state is one tensor [N, H] a layer: h0_l0, h0_l1 \
      (or h0_l0_reverse) and so on, and dhT_l0 likewise.

      The output file gets y, hT, cT, dx, dh0, dc0, and for every parameter d. and its name as the model file spells \
      it, in the shape of the model file. Everything is computed and written in the dtype of x, float32 or float64. \
      Padding in y and dx is zero; hT and cT are the state after each sequence's own last step. With --deltas it gets \
      delta_l0 [T, N, 4H] and so on, too: the error of what goes into the activations of gates and candidates.

      With --recorded the model is not run forward: the input holds h_l0, c_l0 and gates_l0 and so on of every layer, as \
      predict --all-states writes them, whichever engine they come from.
      """)

  @Argument(help: ArgumentHelp("The model, a safetensors file.", valueName: "model"))
  var model: String

  @Option(help: ArgumentHelp("A safetensors or .npz file with x and what else is given.", valueName: "file"))
  var input: String

  @Option(help: ArgumentHelp("The safetensors or .npz file to write.", valueName: "file"))
  var output: String

  @Flag(help: "Write also the error of every net of every layer and step, delta_l0 and so on.")
  var deltas = false

  @Flag(help: "Take h, c and gates of every layer and step from the input file instead of running forward.")
  var recorded = false

  @OptionGroup var rule: RuleOptions

  @OptionGroup var threads: ThreadsOption

  @OptionGroup var memory: MemoryOption

  func validate() throws {
    if let other = [".npy", ".csv", ".onnx", ".h5"].first(where: { output.lowercased().hasSuffix($0) }) {
      throw ValidationError("--output \(output) ends in \(other), but gets many tensors; write .safetensors or .npz.")
    }
    try OutputPath.check(output, isNoneOf: [model, input])
  }

  func run() throws {
    let file = try ModelFile(contentsOf: model)
    let io = try TensorFiles.open(input)
    switch try SequenceInput<Float>.dataType(
      of: io, others: ["h0", "c0", "g0", "dy", "dhT", "dcT", "dgT", "h", "c", "gates"])
    {
    case .float32: try write(Float.self, file, io)
    case .float64: try write(Double.self, file, io)
    }
    memory.report()
  }

  private func write<S: Scalar>(_: S.Type, _ file: ModelFile, _ io: any TensorFile) throws {
    let model = try file.model(as: S.self)
    let sequences = try SequenceInput<S>(io, for: file.configuration)
    let dy = try outputGradient(of: sequences, io, file.configuration)
    let finalStateGradient = try SequenceInput<S>.state(
      in: io, hidden: "dhT", cell: "dcT", gates: "dgT", for: file.configuration, batchSize: sequences.x.shape[1])
    let gradients =
      if recorded {
        try model.gradients(
          of: sequences.x, records: SequenceInput<S>.records(in: io, for: file.configuration),
          lengths: sequences.lengths, initialState: sequences.initialState, outputGradient: dy,
          finalStateGradient: finalStateGradient, rule: rule.gradientRule, recordsDeltas: deltas,
          execution: threads.execution())
      } else {
        try model.gradients(
          of: sequences.x, lengths: sequences.lengths, initialState: sequences.initialState, outputGradient: dy,
          finalStateGradient: finalStateGradient, rule: rule.gradientRule, recordsDeltas: deltas,
          execution: threads.execution())
      }
    try TensorFiles.write(
      [.init("y", gradients.output), .init("dx", gradients.input)]
        + gradients.finalState.namedTensors(
          hidden: "hT", cell: "cT", gates: "gT", isBidirectional: file.configuration.isBidirectional)
        + gradients.initialState.namedTensors(
          hidden: "dh0", cell: "dc0", gates: "dg0", isBidirectional: file.configuration.isBidirectional)
        + model.gradientTensors(gradients.parameters, names: file.names)
        + zip(file.configuration.directionSuffixes, gradients.deltas).map { .init("delta\($0)", $1) },
      to: output)
  }

  /// `dy`, or nil where the file has none.
  private func outputGradient<S: Scalar>(
    of sequences: SequenceInput<S>, _ io: any TensorFile, _ configuration: LSTMConfiguration
  ) throws -> Tensor<S>? {
    guard let entry = io["dy"] else { return nil }
    let steps = configuration.readsLastStepOnly ? 1 : sequences.x.shape[0]
    let expected = [steps, sequences.x.shape[1], configuration.outputSize]
    guard entry.shape == expected else {
      throw GatewiseError.file(
        path: io.path, problem: "tensor dy has shape \(entry.shape), but the model and x call for \(expected).")
    }
    return try io.tensor("dy")
  }
}
