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
  /// What makes a gate of its net.
  public var gateSquash: Squash
  /// Bounds ± for what goes into every squashing function: the nets of gates, peepholes among them, the net of g, and the
  /// cell state on its way into h. nil: none.
  public var preActivationClip: Double?
  /// Bounds ± for the cell state. nil: none.
  public var cellClip: Double?

  /// A cell. Clips must be positive (precondition).
  public init(
    cellsPerBlock: Int = 1, gating: Gating = .inputAndForget, inputSquash: Squash = .tanh, outputSquash: Squash = .tanh,
    gateRecurrence: Bool = false, gateSquash: Squash = .logistic, preActivationClip: Double? = nil,
    cellClip: Double? = nil
  ) {
    precondition([preActivationClip, cellClip].allSatisfy { $0 ?? 1 > 0 }, "clips must be positive")
    self.cellsPerBlock = cellsPerBlock
    self.gating = gating
    self.inputSquash = inputSquash
    self.outputSquash = outputSquash
    self.gateRecurrence = gateRecurrence
    self.gateSquash = gateSquash
    self.preActivationClip = preActivationClip
    self.cellClip = cellClip
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
