/// The kind of LSTM cell in a layer (the book's Equations, Forward).
///
/// A memory block is `cellsPerBlock` neighboring cells that share one gate of each kind: cell k belongs to block k / S.
/// The default is the cell of Graves: one cell per block, input and forget gate, tanh for g and h.
public struct ReferenceCell: Sendable, Equatable {
  /// The source of i and f in c_t = f ∘ c_{t-1} + i ∘ g.
  public enum Gating: Sendable, CaseIterable {
    /// Both are gates.
    case inputAndForget
    /// i is a gate, f = 1.
    case inputOnly
    /// i is a gate, f = 1 - i.
    case keepInput
    /// f is a gate, i = 1 - f.
    case keepForget
  }

  /// S, the number of cells per memory block.
  public var cellsPerBlock: Int
  /// Which of the gates i and f exist; o always does.
  public var gating: Gating
  /// g, the activation of the cell input.
  public var inputSquash: Squash
  /// h, the activation of the cell state.
  public var outputSquash: Squash
  /// Whether the gates' activations of step t-1 are inputs of every pre-activation at step t.
  public var gateRecurrence: Bool
  /// The activation function of the gates.
  public var gateSquash: Squash
  /// Bound ± of the input of every activation function: the gates' pre-activations including peepholes, that of g, and
  /// the cell state as the input of h. nil: none.
  public var preActivationClip: Double?
  /// Bound ± of the cell state. nil: none.
  public var cellClip: Double?

  /// Creates a cell. Clips must be positive (precondition).
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

  /// Hochreiter & Schmidhuber 1997, with or without gate recurrence.
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

  /// Gers, Schraudolph & Schmidhuber 2002, whose layers have peepholes.
  public static func lstm2002(cellsPerBlock: Int = 1) -> ReferenceCell {
    ReferenceCell(cellsPerBlock: cellsPerBlock, inputSquash: .identity, outputSquash: .identity)
  }
}
