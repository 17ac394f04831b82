/// Which kinds of units have a bias.
public struct ReferenceBiases: Sendable, Equatable {
  /// The gates.
  public var gates: Bool
  /// The candidates, one a cell.
  public var cells: Bool
  /// The outputs of the readout.
  public var outputs: Bool

  /// Every kind has one that is not named as false.
  public init(gates: Bool = true, cells: Bool = true, outputs: Bool = true) {
    self.gates = gates
    self.cells = cells
    self.outputs = outputs
  }
}
