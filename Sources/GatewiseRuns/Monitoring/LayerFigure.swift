/// A measurement of a part of a model.
public struct LayerFigure: Sendable, Equatable {
  /// The part: `layer0/forget`, `layer0_reverse/candidate`, `layer1/projection`, `readout`.
  public let name: String
  /// The value.
  public let value: Double

  /// Creates a measurement of the part with a name.
  public init(_ name: String, _ value: Double) { (self.name, self.value) = (name, value) }
}
