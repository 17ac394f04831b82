/// Which member of the family of LSTM cells a layer is made of (the book's Equations, Forward).
///
/// A memory block is `cellsPerBlock` neighbouring cells that share one gate of each kind: cell k belongs to block
/// k / S. The default is the cell of Graves: one cell a block, input and forget gate, tanh twice.
public struct ReferenceCell: Sendable, Equatable {
  /// Where i and f of c_t = f ∘ c_{t-1} + i ∘ g come from.
  public enum Gating: Sendable, CaseIterable {
    /// Each is a gate.
    case inputAndForget
    /// i is a gate, f = 1.
    case inputOnly
    /// i is a gate, f = 1 - i.
    case keepInput
    /// f is a gate, i = 1 - f.
    case keepForget
  }

  /// A function of one number, g or h.
  public enum Squash: Sendable, CaseIterable {
    /// tanh(x)
    case tanh
    /// x
    case identity
    /// σ(x)
    case logistic
    /// 2σ(x) - 1
    case centeredLogistic
    /// 4σ(x) - 2
    case doubledLogistic
    /// x where x > 0, else 0
    case relu
    /// x / (1 + |x|)
    case softsign
  }

  /// S, the cells of a memory block.
  public var cellsPerBlock: Int
  /// Which of the gates i and f there are; o is always there.
  public var gating: Gating
  /// g, which squashes what goes into a cell.
  public var inputSquash: Squash
  /// h, which squashes the cell state on its way out.
  public var outputSquash: Squash
  /// Whether the gates' activations of step t-1 are inputs of every net at step t.
  public var gateRecurrence: Bool

  /// A cell.
  public init(
    cellsPerBlock: Int = 1, gating: Gating = .inputAndForget, inputSquash: Squash = .tanh, outputSquash: Squash = .tanh,
    gateRecurrence: Bool = false
  ) {
    self.cellsPerBlock = cellsPerBlock
    self.gating = gating
    self.inputSquash = inputSquash
    self.outputSquash = outputSquash
    self.gateRecurrence = gateRecurrence
  }

  /// Hochreiter & Schmidhuber 1997, with gates that feed back or without.
  public static func lstm1997(cellsPerBlock: Int = 1, gateRecurrence: Bool = true) -> ReferenceCell {
    ReferenceCell(
      cellsPerBlock: cellsPerBlock, gating: .inputOnly, inputSquash: .doubledLogistic, outputSquash: .centeredLogistic,
      gateRecurrence: gateRecurrence)
  }

  /// Gers, Schmidhuber & Cummins 2000.
  public static func lstm2000(cellsPerBlock: Int = 1) -> ReferenceCell {
    ReferenceCell(
      cellsPerBlock: cellsPerBlock, inputSquash: .doubledLogistic, outputSquash: .centeredLogistic)
  }

  /// Gers, Schraudolph & Schmidhuber 2002; their layers have peepholes.
  public static func lstm2002(cellsPerBlock: Int = 1) -> ReferenceCell {
    ReferenceCell(cellsPerBlock: cellsPerBlock, inputSquash: .identity, outputSquash: .identity)
  }
}
