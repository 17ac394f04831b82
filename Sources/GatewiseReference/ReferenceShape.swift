/// What the scalar LSTM computes: the sizes of a stack of layers, their kind of cell, and which parameters there are.
///
/// Letters: T steps, N sequences, I input size, H hidden size (a layer's own), S cells a memory block, B = H / S
/// blocks, C columns of a row of pre-activations, G activations of gates, K outputs. Arrays are row-major.
public struct ReferenceShape: Sendable, Equatable {
  /// I, the size of the input of the lowest layer.
  public let inputSize: Int
  /// H of each layer, the lowest first.
  public let hiddenSizes: [Int]
  /// What every layer is made of.
  public let cell: ReferenceCell
  /// Whether the gates see the cell state of their own block.
  public let peepholes: Bool
  /// Which units have a bias.
  public let biases: ReferenceBiases
  /// Whether every sequence starts from a row h0, c0 of each layer that is itself a parameter.
  public let learnsInitialState: Bool
  /// K, or nil where the network ends with the top layer's h.
  public let outputSize: Int?
  /// Whether the readout is taken once, from each sequence's own last h, and not at every step.
  public let readsLastStepOnly: Bool
  /// Whether the readout adds x_t·V.
  public let seesInput: Bool

  /// The tensors in the order in which they lie in the flat parameter vector.
  public let tensors: [ReferenceTensor]
  /// The length of the flat parameter vector.
  public var parameterCount: Int { tensors.last?.range.upperBound ?? 0 }
  /// G of each layer, the numbers that gates hand to the next step; empty without gate recurrence.
  public var gateSizes: [Int] {
    cell.gateRecurrence ? hiddenSizes.indices.map { columns(ofLayer: $0).gateCount } : []
  }

  /// A shape. Every size must be positive, there must be a layer, and every layer a whole number of memory blocks
  /// (preconditions); `readsLastStepOnly` needs an `outputSize`, `seesInput` a readout at every step (preconditions).
  public init(
    inputSize: Int, hiddenSizes: [Int], cell: ReferenceCell = ReferenceCell(), peepholes: Bool = false,
    biases: ReferenceBiases = ReferenceBiases(), learnsInitialState: Bool = false, outputSize: Int? = nil,
    readsLastStepOnly: Bool = false, seesInput: Bool = false
  ) {
    precondition(!hiddenSizes.isEmpty, "hiddenSizes is empty; a network has at least one layer")
    let sizes = [inputSize] + hiddenSizes + [outputSize ?? 1, cell.cellsPerBlock]
    precondition(sizes.allSatisfy { $0 > 0 }, "every size must be positive, found \(sizes)")
    precondition(
      hiddenSizes.allSatisfy { $0.isMultiple(of: cell.cellsPerBlock) },
      "hidden sizes \(hiddenSizes) are no whole numbers of blocks of \(cell.cellsPerBlock) cells")
    precondition(outputSize != nil || !readsLastStepOnly, "readsLastStepOnly needs an outputSize")
    precondition(!seesInput || (outputSize != nil && !readsLastStepOnly), "seesInput needs a readout at every step")
    self.inputSize = inputSize
    self.hiddenSizes = hiddenSizes
    self.cell = cell
    self.peepholes = peepholes
    self.biases = biases
    self.learnsInitialState = learnsInitialState
    self.outputSize = outputSize
    self.readsLastStepOnly = readsLastStepOnly
    self.seesInput = seesInput

    var tensors: [ReferenceTensor] = []
    func append(_ name: String, _ shape: [Int], layer: Int) {
      let offset = tensors.last?.range.upperBound ?? 0
      tensors.append(ReferenceTensor(name: name, shape: shape, offset: offset, layer: layer))
    }
    for (l, H) in hiddenSizes.enumerated() {
      let columns = NetColumns(cell, hiddenSize: H)
      let biased = columns.biased(biases).count
      append("weight_ih_l\(l)", [l == 0 ? inputSize : hiddenSizes[l - 1], columns.count], layer: l)
      append("weight_hh_l\(l)", [H, columns.count], layer: l)
      if cell.gateRecurrence { append("weight_gh_l\(l)", [columns.gateCount, columns.count], layer: l) }
      if biased > 0 { append("bias_ih_l\(l)", [biased], layer: l) }
      if peepholes { append("peephole_l\(l)", [columns.gates.count, H], layer: l) }
    }
    if learnsInitialState {
      for (l, H) in hiddenSizes.enumerated() { append("h0_l\(l)", [H], layer: l) }
      for (l, H) in hiddenSizes.enumerated() { append("c0_l\(l)", [H], layer: l) }
    }
    if let outputSize {
      append("head.weight", [hiddenSizes.last!, outputSize], layer: hiddenSizes.count)
      if seesInput { append("head.input_weight", [inputSize, outputSize], layer: hiddenSizes.count) }
      if biases.outputs { append("head.bias", [outputSize], layer: hiddenSizes.count) }
    }
    self.tensors = tensors
  }

  /// The tensor of that name, or nil.
  public func tensor(named name: String) -> ReferenceTensor? {
    tensors.first { $0.name == name }
  }

  /// The size of what `layer` reads: I for the lowest, H of the layer below for the others.
  func inputSize(ofLayer layer: Int) -> Int {
    layer == 0 ? inputSize : hiddenSizes[layer - 1]
  }

  /// The columns of `layer`.
  func columns(ofLayer layer: Int) -> NetColumns {
    NetColumns(cell, hiddenSize: hiddenSizes[layer])
  }

  /// The size of one row of y: K with a readout, H of the top layer without.
  var rowSize: Int { outputSize ?? hiddenSizes.last! }
}
