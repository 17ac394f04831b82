/// What a memory block of a layer is made of: which member of the LSTM family the layer is (Equations, The family).
///
/// A block has S cells, which share its gates. The default is the cell of Graves & Schmidhuber 2005 and of all current
/// libraries, and the only one that the fused kernels run; the others run on the plain path.
///
///     LSTMConfiguration(inputSize: 7, hiddenSizes: [8], cell: .lstm2000(cellsPerBlock: 2))
public struct MemoryCell: Sendable, Equatable {
  /// What keeps the old cell state, and what lets the new input in.
  public enum Gating: String, Sendable, CaseIterable, Codable {
    /// An input and a forget gate.
    case inputAndForget = "input-forget"
    /// An input gate alone: nothing is forgotten, f = 1 (Hochreiter & Schmidhuber 1997).
    case inputOnly = "input"
    /// An input gate, and f = 1 - i keeps what it leaves: ONNX's `input_forget` (Greff et al. 2017: CIFG).
    case keepInput = "keep-input"
    /// A forget gate, and i = 1 - f lets in what it leaves: TensorFlow Lite's CIFG.
    case keepForget = "keep-forget"
  }

  /// A net of a memory block: what goes into it is summed up and bent by f, or g for the candidate.
  public enum Net: String, Sendable, CaseIterable {
    case input = "i"
    case forget = "f"
    case candidate = "g"
    case output = "o"

    /// As sentences say it: `input gate`.
    var name: String { self == .candidate ? "candidate" : "\(self) gate" }
  }

  /// S: cells of a block; every hidden size is a multiple of it.
  public var cellsPerBlock: Int
  /// What keeps the old cell state, and what lets the new input in.
  public var gating: Gating
  /// f: bends the gates.
  public var gateActivation: Activation
  /// g: bends the candidate.
  public var inputActivation: Activation
  /// h: bends the cell state on its way out.
  public var outputActivation: Activation
  /// Whether the gates' activations of step t-1 are inputs of all gates and cells at step t.
  public var gateRecurrence: Bool
  /// The most that goes into f, g or h, either way: what a gate or candidate has summed up, what peepholes see among
  /// it, and the cell state on its way out, not that which is remembered; nil clips nothing. ONNX's `clip`.
  public var preActivationClip: Double?
  /// The most that a cell state may be, either way; nil clips nothing. TensorFlow's `cell_clip`.
  public var cellClip: Double?

  /// A memory block; it is checked where a model is made from it.
  public init(
    cellsPerBlock: Int = 1, gating: Gating = .inputAndForget, gateActivation: Activation = .logistic,
    inputActivation: Activation = .tanh, outputActivation: Activation = .tanh, gateRecurrence: Bool = false,
    preActivationClip: Double? = nil, cellClip: Double? = nil
  ) {
    self.cellsPerBlock = cellsPerBlock
    self.gating = gating
    self.gateActivation = gateActivation
    self.inputActivation = inputActivation
    self.outputActivation = outputActivation
    self.gateRecurrence = gateRecurrence
    self.preActivationClip = preActivationClip
    self.cellClip = cellClip
  }
}

extension MemoryCell {
  /// Graves & Schmidhuber 2005; PyTorch, Keras.
  public static let vanilla = MemoryCell()

  /// Hochreiter & Schmidhuber 1997: no forget gate; g in [-2, 2], h in [-1, 1]. Their published numbers of weights
  /// include gate activations as inputs.
  public static func lstm1997(cellsPerBlock: Int = 1, gateRecurrence: Bool = true) -> MemoryCell {
    MemoryCell(
      cellsPerBlock: cellsPerBlock, gating: .inputOnly, inputActivation: .doubledLogistic,
      outputActivation: .centeredLogistic, gateRecurrence: gateRecurrence)
  }

  /// Gers, Schmidhuber & Cummins 2000: with a forget gate; g in [-2, 2], h in [-1, 1].
  public static func lstm2000(cellsPerBlock: Int = 1) -> MemoryCell {
    MemoryCell(
      cellsPerBlock: cellsPerBlock, inputActivation: .doubledLogistic, outputActivation: .centeredLogistic)
  }

  /// Gers, Schraudolph & Schmidhuber 2002, whose layers also have peepholes: g and h are the identity.
  public static func lstm2002(cellsPerBlock: Int = 1) -> MemoryCell {
    MemoryCell(cellsPerBlock: cellsPerBlock, inputActivation: .identity, outputActivation: .identity)
  }

  /// Gates that every block has of its own: 2 or 3.
  public var gatesPerBlock: Int { gating == .inputAndForget ? 3 : 2 }

  /// Whether the fused kernels run this cell.
  var isVanilla: Bool { self == .vanilla }

  private var activations: [Activation] { [gateActivation, inputActivation, outputActivation] }

  /// - Throws: `GatewiseError.invalidArgument` where numbers of the type cannot hold a parameter of a function.
  func validateFunctions<S: Scalar>(for type: S.Type) throws(GatewiseError) {
    for activation in activations { try activation.validate(for: S.self) }
  }

  /// - Throws: `GatewiseError.invalidArgument` where no layer can be made of such blocks.
  func validate(hiddenSizes: [Int]) throws(GatewiseError) {
    guard cellsPerBlock >= 1 else {
      throw .invalidArgument("A memory block of \(cellsPerBlock) cells cannot be; it has at least 1.")
    }
    for (layer, size) in hiddenSizes.enumerated() where !size.isMultiple(of: cellsPerBlock) {
      throw .invalidArgument(
        "The hidden size of layer \(layer) is \(size), which is no whole number of memory blocks of \(cellsPerBlock) "
          + "cells; choose a multiple.")
    }
    for activation in activations { try activation.validate() }
    for (name, bound) in [("What goes into activations", preActivationClip), ("Cell states", cellClip)] {
      guard let bound, !(bound > 0) else { continue }
      throw .invalidArgument("\(name) cannot be clipped to \(bound); the bound is above 0.")
    }
  }
}

// What is at its default is not written, so that older versions read what they can.
extension MemoryCell: Codable {
  private enum Key: String, CodingKey {
    case cellsPerBlock, gating, gateActivation, inputActivation, outputActivation, gateRecurrence, preActivationClip
    case cellClip
  }

  /// What is not said is as in `vanilla`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init()
    cellsPerBlock = try values.decodeIfPresent(Int.self, forKey: .cellsPerBlock) ?? cellsPerBlock
    gating = try values.decodeIfPresent(Gating.self, forKey: .gating) ?? gating
    gateActivation = try values.decodeIfPresent(Activation.self, forKey: .gateActivation) ?? gateActivation
    inputActivation = try values.decodeIfPresent(Activation.self, forKey: .inputActivation) ?? inputActivation
    outputActivation = try values.decodeIfPresent(Activation.self, forKey: .outputActivation) ?? outputActivation
    gateRecurrence = try values.decodeIfPresent(Bool.self, forKey: .gateRecurrence) ?? gateRecurrence
    preActivationClip = try values.decodeIfPresent(Double.self, forKey: .preActivationClip)
    cellClip = try values.decodeIfPresent(Double.self, forKey: .cellClip)
  }

  /// Writes all but what is as in `vanilla`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    let usual = MemoryCell.vanilla
    if cellsPerBlock != usual.cellsPerBlock { try values.encode(cellsPerBlock, forKey: .cellsPerBlock) }
    if gating != usual.gating { try values.encode(gating, forKey: .gating) }
    if gateActivation != usual.gateActivation { try values.encode(gateActivation, forKey: .gateActivation) }
    if inputActivation != usual.inputActivation { try values.encode(inputActivation, forKey: .inputActivation) }
    if outputActivation != usual.outputActivation { try values.encode(outputActivation, forKey: .outputActivation) }
    if gateRecurrence { try values.encode(gateRecurrence, forKey: .gateRecurrence) }
    try values.encodeIfPresent(preActivationClip, forKey: .preActivationClip)
    try values.encodeIfPresent(cellClip, forKey: .cellClip)
  }
}
