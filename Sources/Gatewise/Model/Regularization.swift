/// Dropout and zoneout during training, which keep a model from depending on single units. Rates are probabilities; 0
/// disables.
///
/// With dropout, the elements that are not dropped are scaled by 1/(1 - rate), so that nothing is dropped or scaled
/// outside of training. Outside of training zoneout uses its expected value.
///
/// Masks are computed from a seed and from step, sequence and unit: they are the same for every number of threads and
/// for every division of a window.
public struct Regularization: Sendable, Equatable {
  /// The dropout rate of the inputs of every layer except the lowest, with a new mask at every step; PyTorch's
  /// `dropout`.
  public var betweenLayers: Double
  /// The dropout rate of the inputs of every layer, with the same units dropped at all steps of a sequence (Gal &
  /// Ghahramani 2016); Keras' `dropout`.
  public var inputs: Double
  /// The dropout rate of y_{t-1} in the recurrent product, with the same units dropped at all steps of a sequence (Gal
  /// & Ghahramani 2016); Keras' `recurrent_dropout`.
  public var recurrent: Double
  /// The dropout rate of the recurrent weights, with one mask for a whole batch: DropConnect (Merity, Keskar & Socher
  /// 2018).
  public var recurrentWeights: Double
  /// The zoneout rate of cells, which then keep c_{t-1} at step t (Krueger et al. 2017).
  public var zoneoutCell: Double
  /// The zoneout rate of a layer's outputs, which then keep y_{t-1} at step t (Krueger et al. 2017).
  public var zoneoutHidden: Double

  /// Makes a regularization with the given rates.
  public init(
    betweenLayers: Double = 0, inputs: Double = 0, recurrent: Double = 0, recurrentWeights: Double = 0,
    zoneoutCell: Double = 0, zoneoutHidden: Double = 0
  ) {
    self.betweenLayers = betweenLayers
    self.inputs = inputs
    self.recurrent = recurrent
    self.recurrentWeights = recurrentWeights
    self.zoneoutCell = zoneoutCell
    self.zoneoutHidden = zoneoutHidden
  }

  /// No regularization.
  public static let none = Regularization()

  /// Whether there is zoneout.
  var zonesOut: Bool { zoneoutCell > 0 || zoneoutHidden > 0 }

  /// Whether units or weights of the recurrent product are dropped, which the fused kernels do not support.
  var dropsRecurrence: Bool { recurrent > 0 || recurrentWeights > 0 }

  /// Checks the rates.
  ///
  /// - Throws: `GatewiseError.invalidArgument` that names the invalid rate.
  func validate() throws(GatewiseError) {
    for (name, rate) in [
      ("dropout between layers", betweenLayers), ("dropout of inputs", inputs), ("recurrent dropout", recurrent),
      ("dropout of recurrent weights", recurrentWeights), ("zoneout of cells", zoneoutCell),
      ("zoneout of outputs", zoneoutHidden),
    ] where !(rate >= 0 && rate < 1) {
      throw .invalidArgument("The rate of \(name) is \(rate), but it must be at least 0 and below 1.")
    }
  }
}

/// Zoneout, `Regularization.zoneoutCell` and `Regularization.zoneoutHidden`.
enum ZoneoutComponent: ModelComponent {
  static var name: String { "zoneout" }
  static var tileLimit: String? { name }
  static var isRecorded: Bool { false }
  static var copiesOutputs: Bool { true }

  static func isUsed(in configuration: LSTMConfiguration) -> Bool { configuration.regularization.zonesOut }
}

/// Dropout, the other rates of `Regularization`.
enum DropoutComponent: ModelComponent {
  static var name: String { "dropout" }

  static func isUsed(in configuration: LSTMConfiguration) -> Bool { configuration.regularization != .none }

  static func settingBetweenLayers(_ configuration: LSTMConfiguration) -> String? {
    configuration.regularization.betweenLayers > 0 ? "Dropout between layers is" : nil
  }
}

extension Regularization: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case betweenLayers, inputs, recurrent, recurrentWeights, zoneoutCell, zoneoutHidden

    var rate: WritableKeyPath<Regularization, Double> & Sendable {
      switch self {
      case .betweenLayers: \.betweenLayers
      case .inputs: \.inputs
      case .recurrent: \.recurrent
      case .recurrentWeights: \.recurrentWeights
      case .zoneoutCell: \.zoneoutCell
      case .zoneoutHidden: \.zoneoutHidden
      }
    }
  }

  /// Decodes the rates; missing rates are 0.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init()
    for key in Key.allCases { self[keyPath: key.rate] = try values.decodeIfPresent(Double.self, forKey: key) ?? 0 }
  }

  /// Encodes the rates above 0.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    for key in Key.allCases where self[keyPath: key.rate] > 0 {
      try values.encode(self[keyPath: key.rate], forKey: key)
    }
  }
}
