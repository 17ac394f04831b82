/// A stack of LSTM layers with its parameters: a value that computes nothing by itself.
///
/// A model is copied on write. A constant model never changes and may be used from any number of threads or tasks at
/// once.
///
///     let model = try LSTM<Float>(
///       LSTMConfiguration(inputSize: 1, hiddenSizes: [64, 64], readout: .init(outputSize: 1)), seed: 1)
///     let y = try model.forward(x).output    // x: [T, N, 1]; y: [T, N, 1]
public struct LSTM<S: Scalar>: Sendable {
  /// Sizes and options.
  public let configuration: LSTMConfiguration
  /// Where every parameter lies in `parameters`.
  public let layout: ParameterLayout
  /// All parameters in one vector, as `layout` says.
  public internal(set) var parameters: [S] {
    didSet { version = .next() }
  }

  /// Changes with every change of `parameters`.
  private(set) var version = ParameterVersion.next()

  /// A model with freshly drawn parameters.
  ///
  /// - Parameters:
  ///   - configuration: sizes and options.
  ///   - initialization: how weights are drawn; PyTorch's uniform distribution where not said.
  ///   - seed: the same seed draws the same weights on every machine.
  /// - Throws: `GatewiseError` for a size below 1 or beyond this machine's memory.
  public init(_ configuration: LSTMConfiguration, initialization: Initialization = .uniform(), seed: UInt64) throws {
    try self.init(configuration)
    try initialization.draw(into: &parameters, layout: layout, seed: seed)
  }

  /// A model with given parameters.
  ///
  /// - Throws: `GatewiseError` where the number of parameters is not the layout's, or a size is impossible.
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

  /// A model of zeros, to be filled.
  init(_ configuration: LSTMConfiguration) throws {
    try configuration.validate(for: S.self)
    self.configuration = configuration
    layout = ParameterLayout(configuration)
    parameters = Array(repeating: 0, count: layout.count)
  }

  /// The same model in another number type.
  @specialized(where S == Float, Other == Double)
  @specialized(where S == Double, Other == Float)
  public func converted<Other: Scalar>(to type: Other.Type) -> LSTM<Other> {
    LSTM<Other>(configuration: configuration, layout: layout, parameters: parameters.map { Other($0) })
  }

  /// A model from parts that are known to fit each other.
  init(configuration: LSTMConfiguration, layout: ParameterLayout, parameters: [S]) {
    self.configuration = configuration
    self.layout = layout
    self.parameters = parameters
  }

  /// One parameter tensor by its name, in the shape of the layout.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for a name the model does not have, with those it has.
  public func tensor(_ name: String) throws -> Tensor<S> {
    let entry = try entry(named: name)
    return try Tensor(shape: entry.shape, elements: Array(parameters[entry.range]))
  }

  /// Replaces one parameter tensor by name.
  ///
  /// - Throws: `GatewiseError` for an unknown name or another shape than the layout's.
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
