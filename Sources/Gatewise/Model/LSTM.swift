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
