/// An activation function of a memory cell: f of its gates, g of the cell input, or h of the cell output.
///
/// Every function is monotonic, and its derivative can be computed from its value. As text, and in files, the
/// parameters of a function are in parentheses: `hard-sigmoid(0.2,0.5)`.
public enum Activation: Sendable, Hashable {
  /// tanh x
  case tanh
  /// x
  case identity
  /// σ(x), range [0, 1]
  case logistic
  /// 2σ(x) - 1, range [-1, 1]: h of Hochreiter & Schmidhuber 1997.
  case centeredLogistic
  /// 4σ(x) - 2, range [-2, 2]: g of Hochreiter & Schmidhuber 1997.
  case doubledLogistic
  /// max(0, x); its derivative at 0 is 0.
  case relu
  /// x / (1 + |x|)
  case softsign
  /// ln(1 + eˣ)
  case softplus
  /// αx + β
  case affine(alpha: Double, beta: Double)
  /// x, or αx for x < 0; α ≥ 0.
  case leakyReLU(alpha: Double)
  /// x for x > α, else 0; α ≥ 0.
  case thresholdedReLU(alpha: Double)
  /// α tanh(βx); α is not 0.
  case scaledTanh(alpha: Double, beta: Double)
  /// αx + β, limited to [0, 1]
  case hardSigmoid(alpha: Double, beta: Double)
  /// x, or α(eˣ - 1) for x < 0; α ≥ 0.
  case elu(alpha: Double)
}

extension Activation {
  /// Every function, with ONNX's default values of the parameters.
  package static let allCases: [Activation] = [
    .tanh, .identity, .logistic, .centeredLogistic, .doubledLogistic, .relu, .softsign, .softplus,
    .affine(alpha: 1, beta: 0), .leakyReLU(alpha: 0.01), .thresholdedReLU(alpha: 1), .scaledTanh(alpha: 1, beta: 1),
    .hardSigmoid(alpha: 0.2, beta: 0.5), .elu(alpha: 1),
  ]

  /// Checks the parameters.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if a parameter is out of range.
  func validate() throws(GatewiseError) {
    let (_, parameters) = nameAndParameters
    guard parameters.allSatisfy(\.isFinite) else {
      throw .invalidArgument("The activation \(self) has a parameter that is not finite.")
    }
    switch self {
    case .leakyReLU(let alpha), .thresholdedReLU(let alpha), .elu(let alpha):
      guard alpha < 0 else { return }
      throw .invalidArgument("The activation \(self) is not monotonic; its parameter must be at least 0.")
    case .scaledTanh(let alpha, _):
      guard alpha == 0 else { return }
      throw .invalidArgument("The activation \(self) is 0 everywhere; its first parameter must not be 0.")
    default: return
    }
  }

  /// Checks that `S` can represent the parameters.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if a parameter is so small or so large in `S` that digits are lost or
  ///   the function divides by zero.
  func validate<S: Scalar>(for type: S.Type) throws(GatewiseError) {
    guard let lost = nameAndParameters.parameters.first(where: { $0 != 0 && !S($0).isNormal }) else { return }
    throw .invalidArgument(
      "The activation \(self) has the parameter \(lost), which \(S.dataType.rawValue) cannot represent precisely; "
        + "choose another value\(S.dataType == .float64 ? "" : ", or F64").")
  }
}

extension Activation: LosslessStringConvertible, Codable {
  private var nameAndParameters: (name: String, parameters: [Double]) {
    switch self {
    case .tanh: ("tanh", [])
    case .identity: ("identity", [])
    case .logistic: ("logistic", [])
    case .centeredLogistic: ("logistic-1", [])
    case .doubledLogistic: ("logistic-2", [])
    case .relu: ("relu", [])
    case .softsign: ("softsign", [])
    case .softplus: ("softplus", [])
    case .affine(let alpha, let beta): ("affine", [alpha, beta])
    case .leakyReLU(let alpha): ("leaky-relu", [alpha])
    case .thresholdedReLU(let alpha): ("thresholded-relu", [alpha])
    case .scaledTanh(let alpha, let beta): ("scaled-tanh", [alpha, beta])
    case .hardSigmoid(let alpha, let beta): ("hard-sigmoid", [alpha, beta])
    case .elu(let alpha): ("elu", [alpha])
    }
  }

  /// The name, and the parameters in parentheses.
  public var description: String {
    let (name, parameters) = nameAndParameters
    return parameters.isEmpty ? name : "\(name)(\(parameters.map { "\($0)" }.joined(separator: ",")))"
  }

  /// Makes the function with the given name and parameters. If the parameters are omitted, they are those in
  /// `allCases`.
  public init?(_ text: String) {
    let parts = text.split(separator: "(", maxSplits: 1, omittingEmptySubsequences: false)
    guard let usual = Self.allCases.first(where: { $0.nameAndParameters.name == parts[0] }) else { return nil }
    guard parts.count == 2 else {
      self = usual
      return
    }
    guard parts[1].last == ")" else { return nil }
    let parameters = parts[1].dropLast().split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard !parameters.contains(nil), parameters.count == usual.nameAndParameters.parameters.count else { return nil }
    let (alpha, beta) = (parameters.first ?? nil, parameters.last ?? nil)
    guard let alpha, let beta else { return nil }
    switch usual {
    case .affine: self = .affine(alpha: alpha, beta: beta)
    case .leakyReLU: self = .leakyReLU(alpha: alpha)
    case .thresholdedReLU: self = .thresholdedReLU(alpha: alpha)
    case .scaledTanh: self = .scaledTanh(alpha: alpha, beta: beta)
    case .hardSigmoid: self = .hardSigmoid(alpha: alpha, beta: beta)
    case .elu: self = .elu(alpha: alpha)
    default: return nil
    }
    guard (try? validate()) != nil else { return nil }
  }

  /// Decodes the function from its text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let activation = Activation(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is not an activation function")
    }
    self = activation
  }

  /// Encodes the function as its text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
