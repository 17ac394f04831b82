/// The kinds of units that have a bias.
public struct ReferenceBiases: Sendable, Equatable {
  /// The gates.
  public var gates: Bool
  /// The candidates, one bias per cell.
  public var cells: Bool
  /// The outputs of the readout.
  public var outputs: Bool

  /// Every kind that is not given as false has a bias.
  public init(gates: Bool = true, cells: Bool = true, outputs: Bool = true) {
    self.gates = gates
    self.cells = cells
    self.outputs = outputs
  }
}
