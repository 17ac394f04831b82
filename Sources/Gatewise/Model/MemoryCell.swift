/// The memory cell of a layer: a member of the LSTM family (Equations, The family).
///
/// A memory block has S cells, which share its gates. The default is the cell of Graves & Schmidhuber 2005 and of all
/// current libraries. It is the only one that the fused kernels support; the others run on the plain path.
///
///     LSTMConfiguration(inputSize: 7, hiddenSizes: [8], cell: .lstm2000(cellsPerBlock: 2))
public struct MemoryCell: Sendable, Equatable {
  /// The gates of the cell's input and of its previous state.
  public enum Gating: String, Sendable, CaseIterable, Codable {
    /// An input gate and a forget gate.
    case inputAndForget = "input-forget"
    /// An input gate and no forget gate, f = 1 (Hochreiter & Schmidhuber 1997).
    case inputOnly = "input"
    /// An input gate and a coupled forget gate, f = 1 - i: ONNX's `input_forget` (Greff et al. 2017: CIFG).
    case keepInput = "keep-input"
    /// A forget gate and a coupled input gate, i = 1 - f: TensorFlow Lite's CIFG.
    case keepForget = "keep-forget"
  }

  /// A unit of a memory block: its pre-activation is a sum of inputs, to which f is applied, or g for the candidate.
  package enum Net: String, Sendable, CaseIterable {
    case input = "i"
    case forget = "f"
    case candidate = "g"
    case output = "o"

    /// The name in messages, for example `input gate`.
    var name: String { self == .candidate ? "candidate" : "\(self) gate" }
  }

  /// S: the number of cells per block; every hidden size must be a multiple of it.
  public var cellsPerBlock: Int
  /// The gates of the cell's input and of its previous state.
  public var gating: Gating
  /// f: the activation of the gates.
  public var gateActivation: Activation
  /// g: the activation of the cell input.
  public var inputActivation: Activation
  /// h: the activation of the cell output.
  public var outputActivation: Activation
  /// Whether the gate activations of step t-1 are inputs of all gates and cells at step t.
  public var gateRecurrence: Bool
  /// The limit of the magnitude of the arguments of f, g and h: the pre-activations, peephole terms included, and the
  /// cell state in the output, not the stored cell state; nil for none. ONNX's `clip`.
  public var preActivationClip: Double?
  /// The limit of the magnitude of the cell state; nil for none. TensorFlow's `cell_clip`.
  public var cellClip: Double?

  /// Makes a memory cell, which is validated when a model is made from it.
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
  /// The cell of Graves & Schmidhuber 2005, PyTorch and Keras.
  public static let vanilla = MemoryCell()

  /// Returns the cell of Hochreiter & Schmidhuber 1997: no forget gate; g in [-2, 2], h in [-1, 1]. Their published
  /// numbers of weights include gate activations as inputs.
  public static func lstm1997(cellsPerBlock: Int = 1, gateRecurrence: Bool = true) -> MemoryCell {
    MemoryCell(
      cellsPerBlock: cellsPerBlock, gating: .inputOnly, inputActivation: .doubledLogistic,
      outputActivation: .centeredLogistic, gateRecurrence: gateRecurrence)
  }

  /// Returns the cell of Gers, Schmidhuber & Cummins 2000: with a forget gate; g in [-2, 2], h in [-1, 1].
  public static func lstm2000(cellsPerBlock: Int = 1) -> MemoryCell {
    MemoryCell(
      cellsPerBlock: cellsPerBlock, inputActivation: .doubledLogistic, outputActivation: .centeredLogistic)
  }

  /// Returns the cell of Gers, Schraudolph & Schmidhuber 2002: g and h are the identity. Their layers also have
  /// peephole connections.
  public static func lstm2002(cellsPerBlock: Int = 1) -> MemoryCell {
    MemoryCell(cellsPerBlock: cellsPerBlock, inputActivation: .identity, outputActivation: .identity)
  }

  /// The number of gates per block, coupled gates not counted: 2 or 3.
  package var gatesPerBlock: Int { gating == .inputAndForget ? 3 : 2 }

  /// Whether the fused kernels support this cell.
  var isVanilla: Bool { self == .vanilla }

  private var activations: [Activation] { [gateActivation, inputActivation, outputActivation] }

  /// Checks that a number type can represent the parameters of the activation functions.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if it cannot.
  func validateFunctions<S: Scalar>(for type: S.Type) throws(GatewiseError) {
    for activation in activations { try activation.validate(for: S.self) }
  }

  /// Checks the settings against the hidden sizes of the layers.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if a setting is invalid.
  func validate(hiddenSizes: [Int]) throws(GatewiseError) {
    guard cellsPerBlock >= 1 else {
      throw .invalidArgument("The number of cells per memory block must be at least 1, but is \(cellsPerBlock).")
    }
    for (layer, size) in hiddenSizes.enumerated() where !size.isMultiple(of: cellsPerBlock) {
      throw .invalidArgument(
        "The hidden size of layer \(layer) must be a multiple of the \(cellsPerBlock) cells of a memory block, but is "
          + "\(size).")
    }
    for activation in activations { try activation.validate() }
    for (name, bound) in [("pre-activations", preActivationClip), ("cell states", cellClip)] {
      guard let bound, !(bound > 0) else { continue }
      throw .invalidArgument("The clip bound of \(name) must be above 0, but is \(bound).")
    }
  }
}

// Settings that have their defaults are not written, so that older versions can read the files.
extension MemoryCell: Codable {
  private enum Key: String, CodingKey {
    case cellsPerBlock, gating, gateActivation, inputActivation, outputActivation, gateRecurrence, preActivationClip
    case cellClip
  }

  /// Decodes a cell; missing settings are those of `vanilla`.
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

  /// Encodes the settings that differ from `vanilla`.
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
