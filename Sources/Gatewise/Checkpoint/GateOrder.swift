/// In which order a framework lays out the nets of a layer, and how many biases it has: all that is needed to take its
/// weights over, or to hand ours to it.
///
///     let columns = GateOrder.keras.reordered(kernel, blockSize: H, for: .gatewise)
///
/// | framework | nets | peepholes | biases | | --- | --- | --- | --- | | Gatewise, PyTorch, cuDNN | i f g o | i f o
/// (Gatewise alone) | Gatewise 1, the others 2, which are added | | ONNX | i o f g | i o f | 2, which are added, one
/// behind the other | | Keras | i f g o | | 1 | | TensorFlow 1, `BasicLSTMCell`, `LSTMCell`, `LSTMBlockCell` | i g f o
/// | apart from each other | 1, and 1.0 more for f | | Haste | i g f o | | 1 |
///
/// g, the candidate, is what ONNX and Keras call c, TensorFlow j or ci, and cuDNN the new memory gate.
///
/// Sources: PyTorch's and Keras' documentation of their LSTM layers; ONNX's of the operator LSTM; TensorFlow's
/// `rnn_cell_impl.py` and operator LSTMBlockCell; cuDNN's of `cudnnGetRNNWeightParams`; Haste's
/// `lstm_forward_gpu.cu.cc`.
public struct GateOrder: Sendable, Hashable {
  /// The nets' blocks of H columns or rows, in their order.
  public let nets: [MemoryCell.Net]
  /// The gates' blocks of peepholes, in their order; empty where there are none, or each is an array of its own.
  public let peepholes: [MemoryCell.Net]
  /// Biases of a net, which are added: 1, or 2 where the input's and the recurrent products have one each.
  public let biasCount: Int
  /// What is added to the forget gates' bias at run time and is not in the weights, where the framework's default for
  /// it was left as it is.
  public let addedForgetBias: Double

  private init(_ nets: [MemoryCell.Net], peepholes: [MemoryCell.Net] = [], biasCount: Int, addedForgetBias: Double = 0)
  {
    self.nets = nets
    self.peepholes = peepholes
    self.biasCount = biasCount
    self.addedForgetBias = addedForgetBias
  }

  /// That of the flat vector and of model files.
  public static let gatewise = GateOrder(
    [.input, .forget, .candidate, .output], peepholes: [.input, .forget, .output], biasCount: 1)
  /// `torch.nn.LSTM`
  public static let pyTorch = GateOrder([.input, .forget, .candidate, .output], biasCount: 2)
  /// cuDNN's linear layers 0 to 3, and 4 to 7 of the recurrent products.
  public static let cuDNN = GateOrder([.input, .forget, .candidate, .output], biasCount: 2)
  /// The operator LSTM.
  public static let onnx = GateOrder(
    [.input, .output, .forget, .candidate], peepholes: [.input, .output, .forget], biasCount: 2)
  /// `keras.layers.LSTM`, whose `unit_forget_bias` is in the weights.
  public static let keras = GateOrder([.input, .forget, .candidate, .output], biasCount: 1)
  /// `BasicLSTMCell`, `LSTMCell` and `LSTMBlockCell` of TensorFlow 1, whose `forget_bias` is not in the weights.
  public static let tensorFlowCell = GateOrder(
    [.input, .candidate, .forget, .output], biasCount: 1, addedForgetBias: 1)
  /// `haste.LSTM`, whose `forget_bias` is in the weights.
  public static let haste = GateOrder([.input, .candidate, .forget, .output], biasCount: 1)
}

extension GateOrder {
  /// For each of the nets of `other`, in its order: the place of that net's block in this order.
  public func places(for other: GateOrder) -> [Int] { other.nets.map { nets.firstIndex(of: $0)! } }

  /// For each block of peepholes of `other`, in its order: the place of that gate's block in this order; empty where
  /// either has none.
  public func peepholePlaces(for other: GateOrder) -> [Int] {
    peepholes.isEmpty ? [] : other.peepholes.map { peepholes.firstIndex(of: $0)! }
  }

  /// The numbers in the order of `other`.
  ///
  /// - Parameters:
  ///   - elements: Four blocks, as often as they fit: those of a bias `[4H]`, of every row of a matrix `[I, 4H]`, or,
  ///     for a matrix `[4H, I]`, of all of it.
  ///   - blockSize: The numbers of one block: H, or H·I for a matrix `[4H, I]`.
  ///   - other: The order that is wanted.
  /// - Precondition: the number of elements is a multiple of 4·`blockSize`.
  public func reordered<Element>(_ elements: [Element], blockSize: Int, for other: GateOrder) -> [Element] {
    Self.reordered(elements, blockSize, places(for: other))
  }

  /// Peepholes in the order of `other`: three blocks, `[3H]` or `[3, H]`.
  ///
  /// - Precondition: both orders have peepholes, and the number of elements is a multiple of 3·`blockSize`.
  public func reorderedPeepholes<Element>(
    _ elements: [Element], blockSize: Int, for other: GateOrder
  ) -> [Element] {
    Self.reordered(elements, blockSize, peepholePlaces(for: other))
  }

  /// The one bias of Gatewise, `[4H]` in the order i, f, g, o, that is worth those of a framework: their sum, with
  /// what it adds at run time.
  ///
  /// - Precondition: there are `biasCount` biases of 4H numbers each.
  public func bias<S: Scalar>(_ biases: [[S]]) -> [S] {
    precondition(biases.count == biasCount, "\(biases.count) biases where there are \(biasCount)")
    var sum = Self.sum(biases)
    let hiddenSize = sum.count / nets.count
    if addedForgetBias != 0, let forget = nets.firstIndex(of: .forget) {
      for unit in forget * hiddenSize..<(forget + 1) * hiddenSize { sum[unit] += S(addedForgetBias) }
    }
    return reordered(sum, blockSize: hiddenSize, for: .gatewise)
  }

  /// The sum of biases of the same size. Where all but the first are zero, the first one's bits stay as they are.
  public static func sum<S: Scalar>(_ biases: [[S]]) -> [S] {
    var sum = biases.first ?? []
    // -0 + 0 is +0.
    for bias in biases.dropFirst() {
      for (index, element) in bias.enumerated() where element != 0 { sum[index] += element }
    }
    return sum
  }

  private static func reordered<Element>(_ elements: [Element], _ blockSize: Int, _ places: [Int]) -> [Element] {
    let run = places.count * blockSize
    precondition(run > 0 && elements.count.isMultiple(of: run), "\(elements.count) numbers are no runs of \(run)")
    if places == Array(places.indices) { return elements }
    var result: [Element] = []
    result.reserveCapacity(elements.count)
    for start in stride(from: 0, to: elements.count, by: run) {
      for place in places { result += elements[start + place * blockSize..<start + (place + 1) * blockSize] }
    }
    return result
  }
}
