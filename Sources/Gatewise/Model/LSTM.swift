import Synchronization

/// A stack of LSTM layers with its parameters.
///
/// A model is a value with copy-on-write. A constant model may be used from any number of threads or tasks at once.
///
///     let model = try LSTM<Float>(
///       LSTMConfiguration(inputSize: 1, hiddenSizes: [64, 64], readout: .init(outputSize: 1)), seed: 1)
///     let y = try model.forward(x).output    // x: [T, N, 1]; y: [T, N, 1]
public struct LSTM<S: Scalar>: Sendable {
  /// Sizes and options.
  public let configuration: LSTMConfiguration
  /// The positions of all tensors in `parameters`.
  public let layout: ParameterLayout
  /// All parameters in one vector, in the order of `layout`.
  public internal(set) var parameters: [S] {
    didSet { version = .next() }
  }

  /// The version of `parameters`, new after every change.
  private(set) var version = ParameterVersion.next()

  /// Makes a model with randomly initialized parameters.
  ///
  /// - Parameters:
  ///   - configuration: sizes and options.
  ///   - initialization: the initialization of the parameters, by default PyTorch's uniform distribution.
  ///   - seed: the random seed; the same seed gives the same parameters on every machine.
  /// - Throws: `GatewiseError` for a size below 1 or too large for this machine's memory.
  public init(_ configuration: LSTMConfiguration, initialization: Initialization = .uniform(), seed: UInt64) throws {
    try self.init(configuration)
    try initialization.draw(into: &parameters, layout: layout, seed: seed)
  }

  /// Makes a model from given parameters.
  ///
  /// - Throws: `GatewiseError` if the number of parameters is not the layout's, or a size is invalid.
  public init(_ configuration: LSTMConfiguration, parameters: [S]) throws {
    try configuration.validate(for: S.self)
    let layout = ParameterLayout(configuration)
    guard parameters.count == layout.count else {
      throw GatewiseError.shapeMismatch(
        name: "the parameter vector", expected: [layout.count], found: [parameters.count])
    }
    self.configuration = configuration
    self.layout = layout
    self.parameters = parameters
  }

  /// Makes a model with zero parameters.
  init(_ configuration: LSTMConfiguration) throws {
    try configuration.validate(for: S.self)
    self.configuration = configuration
    layout = ParameterLayout(configuration)
    parameters = Array(repeating: 0, count: layout.count)
  }

  /// Returns the same model in another number type.
  @specialized(where S == Float, Other == Double)
  @specialized(where S == Double, Other == Float)
  public func converted<Other: Scalar>(to type: Other.Type) -> LSTM<Other> {
    LSTM<Other>(configuration: configuration, layout: layout, parameters: parameters.map { Other($0) })
  }

  /// Makes a model from parts that are known to be consistent.
  init(configuration: LSTMConfiguration, layout: ParameterLayout, parameters: [S]) {
    self.configuration = configuration
    self.layout = layout
    self.parameters = parameters
  }

  /// Calls `body` with the parameters.
  func withParameters<Result>(_ body: (ParameterVector<S>) throws -> Result) rethrows -> Result {
    try parameters.withView { try body(ParameterVector(values: $0, version: version)) }
  }

  /// Checks that a batch is whole and has this model's number of inputs.
  func validate(_ batch: SequenceBatch<S>) throws(GatewiseError) {
    try batch.validate(oneTargetPerSequence: configuration.readsLastStepOnly)
    guard batch.inputSize == configuration.inputSize else {
      throw .shapeMismatch(
        name: "the batch's input",
        expected: [batch.steps, batch.batchSize, configuration.inputSize],
        found: [batch.steps, batch.batchSize, batch.inputSize])
    }
  }

  /// Returns the parameter tensor of a name, in the shape of the layout.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for an unknown name, with the names of all tensors.
  public func tensor(_ name: String) throws -> Tensor<S> {
    let entry = try entry(named: name)
    return try Tensor(shape: entry.shape, elements: Array(parameters[entry.range]))
  }

  /// Replaces the parameter tensor of a name.
  ///
  /// - Throws: `GatewiseError` for an unknown name or a shape that differs from the layout's.
  public mutating func setTensor(_ name: String, to tensor: Tensor<S>) throws {
    let entry = try entry(named: name)
    try tensor.require(shape: entry.shape, named: name)
    parameters.replaceSubrange(entry.range, with: tensor.elements)
  }

  private func entry(named name: String) throws -> ParameterLayout.Entry {
    if let entry = layout[name] { return entry }
    let names = layout.entries.map(\.name).joined(separator: ", ")
    throw GatewiseError.invalidArgument("The model has no parameter \(name); it has \(names).")
  }
}

/// The version of a parameter vector. Every change of any model's parameters has a number that is unique in the
/// process, so that a packed copy with the same version cannot be stale.
struct ParameterVersion: Sendable, Equatable {
  private let number: Int

  private static let last = Atomic<Int>(0)

  /// Returns a new, unique version.
  static func next() -> ParameterVersion {
    ParameterVersion(number: last.wrappingAdd(1, ordering: .relaxed).newValue)
  }
}

/// The parameters that a pass reads, `[P]`, with their version.
struct ParameterVector<S: Scalar> {
  let values: VectorView<S>
  /// nil if packed copies of them are not to be reused.
  let version: ParameterVersion?

  /// The vector of parameters at a position of the layout.
  func vector(at place: Int, count: Int) -> VectorView<S> { values.vector(at: place, count: count) }

  /// The matrix of parameters at a position of the layout.
  func matrix(at place: Int, rows: Int, columns: Int) -> MatrixView<S> {
    values.matrix(at: place, rows: rows, columns: columns)
  }
}

/// The sizes and options of a stack of LSTM layers.
public struct LSTMConfiguration: Sendable, Equatable {
  /// I: the number of inputs per step.
  public var inputSize: Int
  /// H of every layer, the lowest first; layers may differ. Their number is L.
  public var hiddenSizes: [Int]
  /// Whether every layer has a second direction with its own weights, which processes sequences from the last step to
  /// the first: D is 2 instead of 1, and the layer's output is the forward direction's output followed by the reverse
  /// one's (Schuster & Paliwal 1997).
  public var isBidirectional: Bool
  /// The projection of every layer's hidden units to its outputs; nil if the outputs are the hidden units.
  public var projection: Projection?
  /// The memory cell of all layers.
  public var cell: MemoryCell
  /// Whether the gates have peephole connections: i and f from c_{t-1}, o from c_t (Gers, Schraudolph & Schmidhuber
  /// 2002).
  public var peepholes: Bool
  /// The kinds of units that have a bias.
  public var biases: Biases
  /// The layer normalization; nil for none. It runs on the plain path only.
  public var normalization: LayerNormalization?
  /// M: the size of the embedding x·E, E `[I, M]`, which is the input of the lowest layer (for tokens, a row of E
  /// each); nil without an embedding.
  public var embeddingSize: Int?
  /// Whether the input of every layer except the lowest is added to its output (He et al. 2016; Wu et al. 2016).
  public var isResidual: Bool
  /// What is dropped or held back at random in training.
  public var regularization: Regularization
  /// Whether h and c before the first step are parameters; otherwise they are given, or zero.
  public var learnsInitialState: Bool
  /// An affine map from the highest layer to the outputs; nil if the outputs are those of the highest layer.
  public var readout: Readout?

  /// An affine map y = h·W + b from the highest layer's outputs to K outputs.
  public struct Readout: Sendable, Equatable {
    /// K: the number of outputs.
    public var outputSize: Int
    /// The steps at which the readout is computed.
    public var position: Position
    /// Whether the model's input at the same step is also an input of the readout: y = h·W + x·V + b.
    public var seesInput: Bool

    /// The steps at which the readout is computed.
    public enum Position: String, Sendable, Codable {
      /// At every step: outputs `[T, N, K]`.
      case everyStep
      /// After each sequence's own last step: outputs `[1, N, K]`.
      case lastStep
    }

    /// Makes a readout of `outputSize` outputs.
    public init(outputSize: Int, position: Position = .everyStep, seesInput: Bool = false) {
      self.outputSize = outputSize
      self.position = position
      self.seesInput = seesInput
    }
  }

  /// Makes a configuration, which is validated when a model is made from it.
  public init(
    inputSize: Int, hiddenSizes: [Int], isBidirectional: Bool = false, projection: Projection? = nil,
    cell: MemoryCell = .vanilla, peepholes: Bool = false, biases: Biases = .all,
    normalization: LayerNormalization? = nil, embeddingSize: Int? = nil, isResidual: Bool = false,
    regularization: Regularization = .none, learnsInitialState: Bool = false, readout: Readout? = nil
  ) {
    self.inputSize = inputSize
    self.hiddenSizes = hiddenSizes
    self.isBidirectional = isBidirectional
    self.projection = projection
    self.cell = cell
    self.peepholes = peepholes
    self.biases = biases
    self.normalization = normalization
    self.embeddingSize = embeddingSize
    self.isResidual = isResidual
    self.regularization = regularization
    self.learnsInitialState = learnsInitialState
    self.readout = readout
  }
}

extension LSTMConfiguration {
  /// All optional components that a model may have, in the order of their parameters and of messages.
  static var components: [any ModelComponent.Type] {
    [
      Projection.self, LayerNormalization.self, ZoneoutComponent.self, EmbeddingComponent.self,
      ResidualConnections.self, DropoutComponent.self,
    ]
  }

  /// The tensors that the model's components add to every direction of a layer.
  var layerTensors: [LayerTensor] {
    Self.components.filter { $0.isUsed(in: self) }.flatMap { $0.tensors(in: self) }
  }

  /// L, the number of layers.
  package var layerCount: Int { hiddenSizes.count }

  /// D, the number of directions of a layer, 1 or 2.
  package var directionCount: Int { isBidirectional ? 2 : 1 }

  /// Returns the size of a layer's output per step: D·H, or D·P with a projection. 0 if there is no such layer.
  package func outputSize(ofLayer index: Int) -> Int {
    hiddenSizes.indices.contains(index) ? directionCount * outputSize(ofDirection: hiddenSizes[index]) : 0
  }

  /// Returns the number of outputs of a direction with so many hidden units: P with a projection, otherwise H.
  func outputSize(ofDirection hiddenSize: Int) -> Int { projection?.size ?? hiddenSize }

  /// The size of the highest layer's output per step.
  package var topOutputSize: Int { outputSize(ofLayer: layerCount - 1) }

  /// The size of the model's output per step: K with a readout, else that of the highest layer.
  public var outputSize: Int { readout?.outputSize ?? topOutputSize }

  /// Whether there is one output per sequence instead of one per step.
  package var readsLastStepOnly: Bool { readout?.position == .lastStep }

  /// Whether all layers have the same H, as in PyTorch.
  package var hasEqualHiddenSizes: Bool { Set(hiddenSizes).count <= 1 }

  /// Returns one entry for every direction of every layer in the order of a state: the lowest layer first, its forward
  /// direction before its reverse one.
  func forEachDirection<Value>(_ value: (_ hiddenSize: Int) -> Value) -> [Value] {
    hiddenSizes.flatMap { H in (0..<directionCount).map { _ in value(H) } }
  }

  /// The size of a sequence's hidden state in every direction of every layer: H, or P with a projection.
  package var hiddenStateSizes: [Int] { forEachDirection { outputSize(ofDirection: $0) } }

  /// The size of a sequence's cell state in every direction of every layer: H.
  package var cellStateSizes: [Int] { forEachDirection { $0 } }

  /// The number G of gate activations that are inputs of the next step, in every direction of every layer; empty
  /// without `gateRecurrence`.
  package var gateStateSizes: [Int] {
    cell.gateRecurrence ? forEachDirection { GateColumns(cell, hiddenSize: $0).gateCount } : []
  }

  /// The suffixes of the tensor names of each entry of a state: `_l0`, or `_l0` and `_l0_reverse`.
  package var directionSuffixes: [String] {
    (0..<layerCount).flatMap { l in
      (0..<directionCount).map { LayerParameters.suffix(l, isReverse: $0 == 1) }
    }
  }

  /// Returns the layer and direction of entry `index` of a state, for messages.
  func nameOfDirection(_ index: Int) -> String {
    guard isBidirectional else { return "layer \(index)" }
    return "layer \(index / 2), \(index.isMultiple(of: 2) ? "forward" : "reverse")"
  }

  /// The size of a sequence's state: h and c of every layer, and gate activations with `gateRecurrence`.
  package var stateSize: Int { (hiddenStateSizes + cellStateSizes + gateStateSizes).reduce(0, +) }

  /// Returns the input size of layer `index`: I, or M with an embedding, for the lowest, the output size of the layer
  /// below for the others.
  package func inputSize(ofLayer index: Int) -> Int {
    index == 0 ? embeddingSize ?? inputSize : outputSize(ofLayer: index - 1)
  }

  /// A configuration of layers of the same sizes, with the defaults of all other options.
  var sizesAlone: LSTMConfiguration {
    LSTMConfiguration(
      inputSize: inputSize, hiddenSizes: hiddenSizes, isBidirectional: isBidirectional,
      projection: projection.map { Projection(size: $0.size) }, embeddingSize: embeddingSize)
  }

  /// The number of parameters in floating point, since absurd sizes would overflow integers.
  package var parameterCount: Double {
    let directions = Double(directionCount)
    let embedded = Double(embeddingSize ?? 0)
    var (count, inputs) = (embedded * Double(inputSize), embeddingSize == nil ? Double(inputSize) : embedded)
    let tensors = layerTensors
    for hiddenSize in hiddenSizes {
      let hidden = Double(hiddenSize)
      let output = Double(outputSize(ofDirection: hiddenSize))
      let gates = Double(cell.gatesPerBlock) * hidden / Double(cell.cellsPerBlock)
      count += directions * (hidden + gates) * (inputs + output + (cell.gateRecurrence ? gates : 0) + 1)
      if peepholes { count += directions * Double(cell.gatesPerBlock) * hidden }
      for tensor in tensors {
        count += directions * tensor.shape(columns: hidden + gates, cells: hidden, outputs: output).reduce(1, *)
      }
      if learnsInitialState { count += directions * (hidden + output) }
      inputs = directions * output
    }
    guard let readout else { return count }
    let seen = inputs + (readout.seesInput ? Double(inputSize) : 0)
    return count + (seen + 1) * Double(readout.outputSize)
  }
}
