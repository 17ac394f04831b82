/// An activation function by ONNX's name, with its scaling values.
public struct ONNXActivation: Sendable, Equatable {
  /// The activation functions that an LSTM node may have.
  public enum Kind: String, Sendable, CaseIterable {
    /// max(0, x)
    case relu = "Relu"
    /// tanh x
    case tanh = "Tanh"
    /// 1/(1 + e^-x)
    case sigmoid = "Sigmoid"
    /// αx + β
    case affine = "Affine"
    /// x where x ≥ 0, else αx
    case leakyRelu = "LeakyRelu"
    /// x where x ≥ α, else 0
    case thresholdedRelu = "ThresholdedRelu"
    /// α tanh βx
    case scaledTanh = "ScaledTanh"
    /// αx + β within 0 and 1
    case hardSigmoid = "HardSigmoid"
    /// x where x ≥ 0, else α(e^x - 1)
    case elu = "Elu"
    /// x/(1 + |x|)
    case softsign = "Softsign"
    /// log(1 + e^x)
    case softplus = "Softplus"
  }

  /// The function.
  public var kind: Kind
  /// α; meaningless if the function has none.
  public var alpha: Double
  /// β; meaningless if the function has none.
  public var beta: Double

  /// Creates a function with its scaling values; ONNX's defaults if none are given.
  public init(_ kind: Kind, alpha: Double? = nil, beta: Double? = nil) {
    self.kind = kind
    self.alpha = kind.defaultAlpha == nil ? 0 : alpha ?? kind.defaultAlpha!
    self.beta = kind.defaultBeta == nil ? 0 : beta ?? kind.defaultBeta!
  }
}

extension ONNXActivation.Kind {
  /// The default of α; nil for a function without α.
  var defaultAlpha: Double? {
    switch self {
    case .affine, .thresholdedRelu, .scaledTanh, .elu: 1
    case .leakyRelu: 0.01
    case .hardSigmoid: 0.2
    case .relu, .tanh, .sigmoid, .softsign, .softplus: nil
    }
  }

  /// The default of β; nil for a function without β.
  var defaultBeta: Double? {
    switch self {
    case .affine: 0
    case .scaledTanh: 1
    case .hardSigmoid: 0.5
    default: nil
    }
  }

  /// Whether programs disagree on the default scaling values: for these three ONNX Runtime 1.32 takes 0, where the
  /// specification has 1 (ThresholdedRelu) or does not define the function as an operator (Affine, ScaledTanh).
  var hasDisputedDefaults: Bool { [.affine, .scaledTanh, .thresholdedRelu].contains(self) }

  /// Returns the function with a name, ignoring case.
  init?(name: String) {
    guard let kind = Self.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else { return nil }
    self = kind
  }
}
