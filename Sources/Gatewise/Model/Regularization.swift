/// What is left out or held back at random while a model is trained, so that it does not lean on single units. Rates
/// are probabilities; 0 is off.
///
/// What is dropped is made up for where it is not: a factor of 1/(1 - rate) for what stays, so that nothing is left out
/// or scaled outside of training. Zoneout alone holds back outside of training, too, as much as it does in the mean.
///
/// Masks come from a seed and from what they lie on, step, sequence and unit: the same for every number of threads, and
/// for every way in which a window is cut.
public struct Regularization: Sendable, Equatable {
  /// Of what a layer but the lowest reads, step by step: PyTorch's `dropout`.
  public var betweenLayers: Double
  /// Of what every layer reads, the same units at all steps of a sequence (Gal & Ghahramani 2016); Keras' `dropout`.
  public var inputs: Double
  /// Of y_{t-1} on its way into the nets, the same units at all steps of a sequence (Gal & Ghahramani 2016); Keras'
  /// `recurrent_dropout`.
  public var recurrent: Double
  /// Of the recurrent weights, the same for a whole batch: DropConnect (Merity, Keskar & Socher 2018).
  public var recurrentWeights: Double
  /// Of cells that keep c_{t-1} at step t (Krueger et al. 2017).
  public var zoneoutCell: Double
  /// Of outputs that keep y_{t-1} at step t; what they keep is behind a projection (Krueger et al. 2017).
  public var zoneoutHidden: Double

  /// Rates of what is named.
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

  /// Nothing is left out.
  public static let none = Regularization()

  /// Whether states are held back.
  var zonesOut: Bool { zoneoutCell > 0 || zoneoutHidden > 0 }

  /// Whether something stands between one step and the next that the fused kernels do not know, in training or always.
  func needsPlainPath(inTraining: Bool) -> Bool { zonesOut || inTraining && (recurrent > 0 || recurrentWeights > 0) }

  /// - Throws: `GatewiseError.invalidArgument` naming a rate that is none.
  func validate() throws(GatewiseError) {
    for (name, rate) in [
      ("dropout between layers", betweenLayers), ("dropout of inputs", inputs), ("recurrent dropout", recurrent),
      ("dropout of recurrent weights", recurrentWeights), ("zoneout of cells", zoneoutCell),
      ("zoneout of outputs", zoneoutHidden),
    ] where !(rate >= 0 && rate < 1) {
      throw .invalidArgument("The rate of \(name) is \(rate); it is at least 0 and below 1.")
    }
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

  /// What is not said is off.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init()
    for key in Key.allCases { self[keyPath: key.rate] = try values.decodeIfPresent(Double.self, forKey: key) ?? 0 }
  }

  /// Writes what is on.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    for key in Key.allCases where self[keyPath: key.rate] > 0 {
      try values.encode(self[keyPath: key.rate], forKey: key)
    }
  }
}
