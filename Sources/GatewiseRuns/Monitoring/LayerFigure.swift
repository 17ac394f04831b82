/// A number about a part of a model.
public struct LayerFigure: Sendable, Equatable {
  /// The part: `layer0/forget`, `layer0_reverse/candidate`, `layer1/projection`, `readout`.
  public let name: String
  /// The number.
  public let value: Double

  /// A number about the part of this name.
  public init(_ name: String, _ value: Double) { (self.name, self.value) = (name, value) }
}
