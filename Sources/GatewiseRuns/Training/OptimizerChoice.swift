import Gatewise

/// The optimizers by name, and their settings on the command line.
public enum OptimizerChoice: String, Sendable, CaseIterable {
  /// Stochastic gradient descent.
  case sgd
  /// Gradients divided by their running root mean square.
  case rmsprop
  /// Adaptive moments.
  case adam
  /// Adam with decoupled weight decay.
  case adamw
  /// The sign of a moment.
  case lion

  /// Returns the optimizer with the given settings; those not given are the optimizer's defaults.
  func make(learningRate: Double, momentum: Double?, weightDecay: Double?) -> any Optimizer {
    switch self {
    case .sgd:
      SGD(learningRate: learningRate, momentum: momentum ?? 0.9, weightDecay: weightDecay ?? 0)
    case .rmsprop:
      RMSprop(learningRate: learningRate, momentum: momentum ?? 0, weightDecay: weightDecay ?? 0)
    case .adam: Adam(learningRate: learningRate, weightDecay: weightDecay ?? 0)
    case .adamw: AdamW(learningRate: learningRate, weightDecay: weightDecay ?? AdamW().weightDecay)
    case .lion: Lion(learningRate: learningRate, weightDecay: weightDecay ?? 0)
    }
  }

  /// The default learning rate, for small models on standardized data or text.
  public var usualLearningRate: Double {
    switch self {
    case .sgd: 0.1
    case .rmsprop: 0.002
    case .adam, .adamw: 0.005
    case .lion: 0.001
    }
  }

  /// Whether momentum is one of the settings.
  public var hasMomentum: Bool { make(learningRate: 1, momentum: nil, weightDecay: nil).momentumSetting != nil }
}

extension Optimizer {
  /// The momentum; nil if there is no such setting.
  public var momentumSetting: Double? {
    switch self as any Optimizer {
    case let sgd as SGD: sgd.momentum
    case let rmsprop as RMSprop: rmsprop.momentum
    default: nil
    }
  }

  /// The optimizer as command-line options. Stored in checkpoints.
  var optionText: String {
    let settings = [
      ("learning-rate", learningRate), ("momentum", momentumSetting), ("weight-decay", weightDecay),
    ]
    return settings.reduce(Self.name) { text, setting in setting.1.map { text + option(setting.0, $0) } ?? text }
  }
}
