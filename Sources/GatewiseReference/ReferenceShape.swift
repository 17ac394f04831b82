/// The sizes of a stack of layers, their kind of cell, and their parameters.
///
/// Letters: T steps, N sequences, I input size, H hidden size (of one level), P size of a layer's output y, D
/// directions, S cells per memory block, B = H / S blocks, C columns of a row of pre-activations, G activations of
/// gates, K outputs. Arrays are row-major.
///
/// A level of the stack is one layer, or two if it is bidirectional; y of the forward layer comes first. Layers, and
/// their states, have the index level·D + direction.
public struct ReferenceShape: Sendable, Equatable {
  /// I, the size of the input of the network.
  public let inputSize: Int
  /// H of each level, the lowest first.
  public let hiddenSizes: [Int]
  /// The kind of cell of every layer.
  public let cell: ReferenceCell
  /// Whether the gates have peephole connections from the cell states of their own block.
  public let peepholes: Bool
  /// The units that have a bias.
  public let biases: ReferenceBiases
  /// Whether the initial state h0, c0 of each layer is one learned row, a parameter, shared by all sequences.
  public let learnsInitialState: Bool
  /// K, or nil if the network ends with the highest level's output.
  public let outputSize: Int?
  /// Whether the readout reads each sequence's own last state once instead of every step: y of the last step and,
  /// beside it, y of the reverse direction, whose last step is the first.
  public let readsLastStepOnly: Bool
  /// Whether the readout adds x_t·V.
  public let seesInput: Bool
  /// Whether every level has a second layer, which reads each sequence from its own last step to its first.
  public let bidirectional: Bool
  /// P of every layer, whose output and recurrent input is y = h·Q; nil: y = h.
  public let projectionSize: Int?
  /// Bound ± of h·Q; nil: none.
  public let projectionClip: Double?
  /// The placement of layer normalization; nil: none.
  public let layerNormalization: ReferenceLayerNormalization?
  /// Whether every level above the lowest adds its input to its output. The state excludes the added input.
  public let residual: Bool
  /// M, the size of the rows x·E that the lowest level reads instead of x; nil: it reads x.
  public let embeddingSize: Int?

  /// The tensors in the order of the flat parameter vector.
  public let tensors: [ReferenceTensor]

  /// Creates a shape. Every size must be positive, there must be at least one level, and every layer must be a whole
  /// number of memory blocks (preconditions); `readsLastStepOnly` needs an `outputSize`, `seesInput` a readout at every
  /// step, `projectionClip` a `projectionSize`, and `residual` levels of equal width (preconditions).
  public init(
    inputSize: Int, hiddenSizes: [Int], cell: ReferenceCell = ReferenceCell(), peepholes: Bool = false,
    biases: ReferenceBiases = ReferenceBiases(), learnsInitialState: Bool = false, outputSize: Int? = nil,
    readsLastStepOnly: Bool = false, seesInput: Bool = false, bidirectional: Bool = false, projectionSize: Int? = nil,
    projectionClip: Double? = nil, layerNormalization: ReferenceLayerNormalization? = nil, residual: Bool = false,
    embeddingSize: Int? = nil
  ) {
    precondition(!hiddenSizes.isEmpty, "hiddenSizes must have at least one layer, but is empty")
    let options = [outputSize, cell.cellsPerBlock, projectionSize, embeddingSize].compactMap { $0 }
    let sizes = [inputSize] + hiddenSizes + options
    precondition(sizes.allSatisfy { $0 > 0 }, "every size must be positive, found \(sizes)")
    precondition(
      hiddenSizes.allSatisfy { $0.isMultiple(of: cell.cellsPerBlock) },
      "hidden sizes \(hiddenSizes) must be multiples of the block size, \(cell.cellsPerBlock) cells")
    precondition(outputSize != nil || !readsLastStepOnly, "readsLastStepOnly needs an outputSize")
    precondition(!seesInput || (outputSize != nil && !readsLastStepOnly), "seesInput needs a readout at every step")
    precondition(projectionClip == nil || projectionSize != nil, "projectionClip needs a projectionSize")
    precondition(projectionClip ?? 1 > 0, "clips must be positive")
    precondition(
      !residual || projectionSize != nil || Set(hiddenSizes).count == 1,
      "residual needs levels of equal width, found \(hiddenSizes)")
    self.inputSize = inputSize
    self.hiddenSizes = hiddenSizes
    self.cell = cell
    self.peepholes = peepholes
    self.biases = biases
    self.learnsInitialState = learnsInitialState
    self.outputSize = outputSize
    self.readsLastStepOnly = readsLastStepOnly
    self.seesInput = seesInput
    self.bidirectional = bidirectional
    self.projectionSize = projectionSize
    self.projectionClip = projectionClip
    self.layerNormalization = layerNormalization
    self.residual = residual
    self.embeddingSize = embeddingSize

    let directions = bidirectional ? 2 : 1
    var list = TensorList()
    if let embeddingSize { list.append("embedding.weight", [inputSize, embeddingSize], level: 0) }
    for k in 0..<hiddenSizes.count * directions {
      let (l, suffix) = (k / directions, Self.suffix(ofLayer: k, directions: directions))
      let (H, columns) = (hiddenSizes[l], NetColumns(cell, hiddenSize: hiddenSizes[l]))
      let (P, C, biased) = (projectionSize ?? H, columns.count, columns.biased(biases).count)
      let I = l == 0 ? embeddingSize ?? inputSize : directions * (projectionSize ?? hiddenSizes[l - 1])
      list.append("weight_ih" + suffix, [I, C], level: l)
      list.append("weight_hh" + suffix, [P, C], level: l)
      if cell.gateRecurrence { list.append("weight_gh" + suffix, [columns.gateCount, C], level: l) }
      if biased > 0 { list.append("bias_ih" + suffix, [biased], level: l) }
      if peepholes { list.append("peephole" + suffix, [columns.gates.count, H], level: l) }
      if projectionSize != nil { list.append("weight_hr" + suffix, [H, P], level: l) }
      switch layerNormalization {
      case nil: break
      case .gates: list.append("norm_gain" + suffix, [C], level: l)
      case .productsAndCell:
        list.append("norm_input_gain" + suffix, [C], level: l)
        list.append("norm_recurrent_gain" + suffix, [C], level: l)
        list.append("norm_cell_gain" + suffix, [H], level: l)
        list.append("norm_cell_bias" + suffix, [H], level: l)
      }
    }
    if learnsInitialState {
      for name in ["h0", "c0"] {
        for k in 0..<hiddenSizes.count * directions {
          let H = hiddenSizes[k / directions]
          let size = name == "h0" ? projectionSize ?? H : H
          list.append(name + Self.suffix(ofLayer: k, directions: directions), [size], level: k / directions)
        }
      }
    }
    if let outputSize {
      let top = hiddenSizes.count
      list.append("head.weight", [directions * (projectionSize ?? hiddenSizes[top - 1]), outputSize], level: top)
      if seesInput { list.append("head.input_weight", [inputSize, outputSize], level: top) }
      if biases.outputs { list.append("head.bias", [outputSize], level: top) }
    }
    tensors = list.tensors
  }

  /// `_l2`, or `_l2_reverse` for the second direction.
  static func suffix(ofLayer k: Int, directions: Int) -> String {
    "_l\(k / directions)" + (k % directions == 1 ? "_reverse" : "")
  }
}

/// The tensors of a flat vector, concatenated.
private struct TensorList {
  var tensors: [ReferenceTensor] = []

  mutating func append(_ name: String, _ shape: [Int], level: Int) {
    let offset = tensors.last?.range.upperBound ?? 0
    tensors.append(ReferenceTensor(name: name, shape: shape, offset: offset, layer: level))
  }
}
