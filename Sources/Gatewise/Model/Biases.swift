/// The kinds of units that have a bias. Papers differ in this, and published numbers of weights depend on it.
public struct Biases: Sendable, Equatable, Codable {
  /// Whether the gates have a bias.
  package var gates: Bool
  /// Whether the candidates g, the papers' "cell inputs", have a bias.
  package var cells: Bool
  /// Whether the outputs of the readout have a bias.
  package var outputs: Bool

  /// Makes a choice of the kinds of units with a bias.
  public init(gates: Bool, cells: Bool, outputs: Bool) {
    (self.gates, self.cells, self.outputs) = (gates, cells, outputs)
  }

  /// All units have a bias.
  public static let all = Biases(gates: true, cells: true, outputs: true)
  /// No unit has a bias.
  public static let none = Biases(gates: false, cells: false, outputs: false)
}
