/// Which units of a model have a bias. The papers differ in it, and published numbers of weights depend on it.
public struct Biases: Sendable, Equatable, Codable {
  /// The gates.
  public var gates: Bool
  /// The candidates g, the papers' "cell inputs".
  public var cells: Bool
  /// The outputs of the readout.
  public var outputs: Bool

  /// Biases of the kinds of units that are named.
  public init(gates: Bool, cells: Bool, outputs: Bool) {
    (self.gates, self.cells, self.outputs) = (gates, cells, outputs)
  }

  /// Every unit has one.
  public static let all = Biases(gates: true, cells: true, outputs: true)
  /// No unit has one.
  public static let none = Biases(gates: false, cells: false, outputs: false)
}
