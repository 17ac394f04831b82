import Gatewise
import GatewiseReference

/// A model in Double with data and incoming gradients, differentiated by both the engine and the scalar reference.
///
/// E = Σ y∘dy + Σ h_T∘dh_T + Σ c_T∘dc_T.
public struct GradientProblem: Sendable {
  /// The model.
  public let model: LSTM<Double>
  /// x `[T, N, I]`
  public let input: Tensor<Double>
  /// The number of steps of each sequence, `[N]`; nil if all have T.
  public let lengths: [Int]?
  /// The state before the first step; nil if the model learns it.
  public let initialState: LSTMState<Double>?
  /// dy, in the shape of the output.
  public let outputGradient: Tensor<Double>
  /// dh_T and dc_T.
  public let finalStateGradient: LSTMState<Double>
  /// The seed of the dropout and zoneout masks; nil if the model uses neither.
  public let dropping: UInt64?

  /// Draws random data for a model.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - steps: T.
  ///   - batchSize: N.
  ///   - variableLengths: Whether the sequences have different lengths, from 0 to T; the first has T.
  ///   - seed: The seed; equal seeds draw equal numbers on every machine.
  /// - Throws: `GatewiseError.invalidArgument` if a size is below 1, or the data exceed this machine's memory.
  public init(
    drawingDataFor model: LSTM<Double>, steps: Int, batchSize: Int, variableLengths: Bool = false, seed: UInt64
  ) throws {
    let configuration = model.configuration
    guard steps >= 1, batchSize >= 1 else {
      throw GatewiseError.invalidArgument(
        "The check has \(steps) steps of \(batchSize) sequences; each must be at least 1.")
    }
    let width = configuration.inputSize + configuration.outputSize + configuration.stateSize * 4
    try MemoryLimit.require(
      bytes: Double(steps) * Double(batchSize) * Double(width) * 16,
      for: "The check of \(steps) steps of \(batchSize) sequences with hidden sizes \(configuration.hiddenSizes)")
    var stream = RandomStream(seed: seed, name: "check.data")
    func draw(_ shape: [Int]) -> Tensor<Double> {
      var tensor = Tensor<Double>(repeating: 0, shape: shape)
      for index in tensor.elements.indices { tensor.elements[index] = stream.normal() }
      return tensor
    }
    func drawState() -> LSTMState<Double> {
      LSTMState(
        hidden: configuration.hiddenStateSizes.map { draw([batchSize, $0]) },
        cell: configuration.cellStateSizes.map { draw([batchSize, $0]) },
        gates: configuration.gateStateSizes.map { draw([batchSize, $0]) })
    }
    self.model = model
    dropping = configuration.regularization == .none ? nil : seed
    input = draw([steps, batchSize, configuration.inputSize])
    outputGradient = draw([configuration.readsLastStepOnly ? 1 : steps, batchSize, configuration.outputSize])
    finalStateGradient = drawState()
    initialState = configuration.learnsInitialState ? nil : drawState()
    lengths = !variableLengths ? nil : [steps] + (1..<batchSize).map { _ in stream.index(below: steps + 1) }
  }

  /// Returns a model whose parameters are all drawn from N(0, 1/H), so that every gate leaves its linear range.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for a size below 1 or beyond this machine's memory.
  public static func model(_ configuration: LSTMConfiguration, seed: UInt64) throws -> LSTM<Double> {
    var model = try LSTM<Double>(configuration, seed: seed)
    for entry in model.layout.entries {
      var stream = RandomStream(seed: seed, name: "check.\(entry.name)")
      let width = configuration.hiddenSizes[entry.layer ?? configuration.layerCount - 1]
      var tensor = Tensor<Double>(repeating: 0, shape: entry.shape)
      for index in tensor.elements.indices {
        tensor.elements[index] = stream.normal() / Double(width).squareRoot()
      }
      try model.setTensor(entry.name, to: tensor)
    }
    return model
  }

  /// Computes the engine's gradients.
  ///
  /// - Throws: `GatewiseError` if the environment asks for unavailable kernels or threads.
  public func gradients(rule: GradientRule = .bptt(), execution: Execution? = nil) throws -> Gradients<Double> {
    try model.gradients(
      of: input, lengths: lengths, initialState: initialState, outputGradient: outputGradient,
      finalStateGradient: finalStateGradient, rule: rule, dropping: dropping, execution: execution)
  }

  /// Returns the same problem for the scalar reference, whose flat parameter vector has the same order, with the
  /// network whose exact gradient `rule` computes.
  public func reference(_ rule: ReferenceRule = .full) -> ReferenceProblem {
    var problem = ReferenceProblem(
      shape: ReferenceShape(model.configuration),
      steps: input.shape[0], batchSize: input.shape[1], lengths: lengths, parameters: model.parameters,
      input: input.elements, h0: initialState?.hidden.map(\.elements), c0: initialState?.cell.map(\.elements),
      g0: initialState?.gates.map(\.elements), dy: outputGradient.elements,
      dhT: finalStateGradient.hidden.map(\.elements), dcT: finalStateGradient.cell.map(\.elements),
      dgT: finalStateGradient.gates.map(\.elements),
      masks: ReferenceMasks(
        model.configuration, dropping: dropping, steps: input.shape[0], batchSize: input.shape[1]))
    problem.rule = rule
    return problem
  }
}
