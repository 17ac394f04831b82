import Gatewise

extension Activation {
  /// Creates the activation function with ONNX's name and scaling values.
  init(_ activation: ONNXActivation) {
    let (alpha, beta) = (activation.alpha, activation.beta)
    self =
      switch activation.kind {
      case .relu: .relu
      case .tanh: .tanh
      case .sigmoid: .logistic
      case .affine: alpha == 1 && beta == 0 ? .identity : .affine(alpha: alpha, beta: beta)
      case .leakyRelu: .leakyReLU(alpha: alpha)
      case .thresholdedRelu: .thresholdedReLU(alpha: alpha)
      // 2σ(x) - 1 = tanh(x/2)
      case .scaledTanh where beta == 0.5 && alpha == 1: .centeredLogistic
      case .scaledTanh where beta == 0.5 && alpha == 2: .doubledLogistic
      case .scaledTanh: .scaledTanh(alpha: alpha, beta: beta)
      case .hardSigmoid: .hardSigmoid(alpha: alpha, beta: beta)
      case .elu: .elu(alpha: alpha)
      case .softsign: .softsign
      case .softplus: .softplus
      }
  }

  /// ONNX's name and scaling values of the function.
  var onnx: ONNXActivation {
    switch self {
    case .tanh: ONNXActivation(.tanh)
    case .identity: ONNXActivation(.affine, alpha: 1, beta: 0)
    case .logistic: ONNXActivation(.sigmoid)
    case .centeredLogistic: ONNXActivation(.scaledTanh, alpha: 1, beta: 0.5)
    case .doubledLogistic: ONNXActivation(.scaledTanh, alpha: 2, beta: 0.5)
    case .relu: ONNXActivation(.relu)
    case .softsign: ONNXActivation(.softsign)
    case .softplus: ONNXActivation(.softplus)
    case .affine(let alpha, let beta): ONNXActivation(.affine, alpha: alpha, beta: beta)
    case .leakyReLU(let alpha): ONNXActivation(.leakyRelu, alpha: alpha)
    case .thresholdedReLU(let alpha): ONNXActivation(.thresholdedRelu, alpha: alpha)
    case .scaledTanh(let alpha, let beta): ONNXActivation(.scaledTanh, alpha: alpha, beta: beta)
    case .hardSigmoid(let alpha, let beta): ONNXActivation(.hardSigmoid, alpha: alpha, beta: beta)
    case .elu(let alpha): ONNXActivation(.elu, alpha: alpha)
    }
  }

  /// The function after a round trip through a file, where its parameters have single precision.
  var throughONNX: Activation {
    func rounded(_ number: Double) -> Double { Double("\(Float(number))") ?? number }
    return Activation(ONNXActivation(onnx.kind, alpha: rounded(onnx.alpha), beta: rounded(onnx.beta)))
  }
}
