/// What the scalar LSTM computes: the sizes of a stack of layers, and which parameters it has.
///
/// Letters: T steps, N sequences, I input size, H hidden size (a layer's own), K outputs. Arrays are row-major.
public struct ReferenceShape: Sendable, Equatable {
  /// I, the size of the input of the lowest layer.
  public let inputSize: Int
  /// H of each layer, the lowest first.
  public let hiddenSizes: [Int]
  /// Whether the gates i, f and o see the cell state.
  public let peepholes: Bool
  /// Whether every sequence starts from a row h0, c0 of each layer that is itself a parameter.
  public let learnsInitialState: Bool
  /// K, or nil where the network ends with the top layer's h.
  public let outputSize: Int?
  /// Whether the readout is taken once, from each sequence's own last h, and not at every step.
  public let readsLastStepOnly: Bool

  /// The tensors in the order in which they lie in the flat parameter vector.
  public let tensors: [ReferenceTensor]
  /// The length of the flat parameter vector.
  public var parameterCount: Int { tensors.last?.range.upperBound ?? 0 }

  /// A shape. Every size must be positive and there must be a layer (precondition), and `readsLastStepOnly` needs an
  /// `outputSize` (precondition).
  public init(
    inputSize: Int, hiddenSizes: [Int], peepholes: Bool = false, learnsInitialState: Bool = false,
    outputSize: Int? = nil, readsLastStepOnly: Bool = false
  ) {
    precondition(!hiddenSizes.isEmpty, "hiddenSizes is empty; a network has at least one layer")
    let sizes = [inputSize] + hiddenSizes + [outputSize ?? 1]
    precondition(sizes.allSatisfy { $0 > 0 }, "every size must be positive, found \(sizes)")
    precondition(outputSize != nil || !readsLastStepOnly, "readsLastStepOnly needs an outputSize")
    self.inputSize = inputSize
    self.hiddenSizes = hiddenSizes
    self.peepholes = peepholes
    self.learnsInitialState = learnsInitialState
    self.outputSize = outputSize
    self.readsLastStepOnly = readsLastStepOnly

    var tensors: [ReferenceTensor] = []
    func append(_ name: String, _ shape: [Int], layer: Int) {
      let offset = tensors.last?.range.upperBound ?? 0
      tensors.append(ReferenceTensor(name: name, shape: shape, offset: offset, layer: layer))
    }
    for (l, H) in hiddenSizes.enumerated() {
      append("weight_ih_l\(l)", [l == 0 ? inputSize : hiddenSizes[l - 1], 4 * H], layer: l)
      append("weight_hh_l\(l)", [H, 4 * H], layer: l)
      append("bias_ih_l\(l)", [4 * H], layer: l)
      if peepholes { append("peephole_l\(l)", [3, H], layer: l) }
    }
    if learnsInitialState {
      for (l, H) in hiddenSizes.enumerated() { append("h0_l\(l)", [H], layer: l) }
      for (l, H) in hiddenSizes.enumerated() { append("c0_l\(l)", [H], layer: l) }
    }
    if let outputSize {
      append("head.weight", [hiddenSizes.last!, outputSize], layer: hiddenSizes.count)
      append("head.bias", [outputSize], layer: hiddenSizes.count)
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

  /// The size of one row of y: K with a readout, H of the top layer without.
  var rowSize: Int { outputSize ?? hiddenSizes.last! }
}

/// One named tensor in the flat parameter vector.
///
/// Weights are [inputs, outputs], so that a row times a weight is a row: `weight_ih_l*` [I, 4H], `weight_hh_l*` [H, 4H],
/// `bias_ih_l*` [4H], with the columns in four blocks i, f, g, o; `peephole_l*` [3, H] with the rows i, f, o; `h0_l*`
/// and `c0_l*` [H]; `head.weight` [H, K], `head.bias` [K].
public struct ReferenceTensor: Sendable, Equatable {
  /// The name, PyTorch's where PyTorch has this tensor.
  public let name: String
  /// The extents, row-major.
  public let shape: [Int]
  /// Where the tensor begins in the flat vector.
  public let offset: Int
  /// The layer it belongs to; the number of layers for the readout.
  public let layer: Int
  /// The number of its entries.
  public var count: Int { shape.reduce(1, *) }
  /// Its place in the flat vector.
  public var range: Range<Int> { offset..<(offset + count) }
}
