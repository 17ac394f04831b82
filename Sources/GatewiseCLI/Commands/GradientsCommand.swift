import ArgumentParser
import Gatewise

/// The command `gatewise gradients`.
struct GradientsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradients",
    abstract: "Computes the gradients of a model for given inputs and output gradients.",
    discussion: """
      Example:
        gatewise gradients model.safetensors --input io.safetensors \\
          --output gradients.safetensors

      The input file contains x [T, N, I] and, optionally, lengths [N] (int64), h0 and c0 [L, N, H], and the output \
      gradients dy [T, N, K] (K = H of the highest layer if the model has no readout; [1, N, K] for a readout on \
      the last step), dhT and dcT [L, N, H]. If all three gradients are absent, dy is all ones; if at least one is \
      given, the others are zero. A bidirectional layer has two entries in a state, the forward direction first; with \
      a projection, h is [L, N, P]. If layers differ in size, a state is one tensor [N, H] per layer: h0_l0, h0_l1 \
      (or h0_l0_reverse) and so on, and likewise dhT_l0.

      The output file contains y, hT, cT, dx, dh0, dc0, and for each parameter a tensor named d. followed by its name \
      in the model file, in the same shape. All tensors are computed and written in the dtype of x, float32 or \
      float64. Padding in y and dx is zero; hT and cT are the state after the last step of each sequence. With \
      --deltas, the file also contains delta_l0 [T, N, 4H] and so on: the gradients of the pre-activations.

      With --recorded there is no forward pass: the input also contains h_l0, c_l0 and gates_l0 and so on of every \
      layer, as predict --all-states writes them, from this or another engine.
      """)

  @Argument(help: ArgumentHelp("The model, a safetensors file.", valueName: "model"))
  var model: String

  @Option(help: ArgumentHelp("A .safetensors or .npz file with x and the optional tensors.", valueName: "file"))
  var input: String

  @Option(help: ArgumentHelp("The .safetensors or .npz file to write.", valueName: "file"))
  var output: String

  @Flag(help: "Also write the gradients of the pre-activations of every layer and step, delta_l0 and so on.")
  var deltas = false

  @Flag(help: "Read h, c and the gates of every layer and step from the input file instead of running a forward pass.")
  var recorded = false

  @OptionGroup var rule: RuleOptions

  @OptionGroup var threads: ThreadsOption

  @OptionGroup var memory: MemoryOption

  func validate() throws {
    if let other = [".npy", ".csv", ".onnx", ".h5"].first(where: { output.lowercased().hasSuffix($0) }) {
      throw ValidationError(
        "--output \(output) ends in \(other), which holds no named tensors; write .safetensors or .npz.")
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

  /// Returns `dy`, or nil if the file does not contain it.
  private func outputGradient<S: Scalar>(
    of sequences: SequenceInput<S>, _ io: any TensorFile, _ configuration: LSTMConfiguration
  ) throws -> Tensor<S>? {
    guard let entry = io["dy"] else { return nil }
    let steps = configuration.readsLastStepOnly ? 1 : sequences.x.shape[0]
    let expected = [steps, sequences.x.shape[1], configuration.outputSize]
    guard entry.shape == expected else {
      throw GatewiseError.file(
        path: io.path, problem: "tensor dy has shape \(entry.shape), but the model and x require \(expected).")
    }
    return try io.tensor("dy")
  }
}
