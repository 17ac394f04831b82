/// The order in which a framework stores the gates and the candidate of a layer, and its number of biases, as needed to
/// convert weights.
///
///     let columns = GateOrder.keras.reordered(kernel, blockSize: H, for: .gatewise)
///
/// | framework | gates | peepholes | biases |
/// | --- | --- | --- | --- |
/// | Gatewise, PyTorch, cuDNN | i f g o | i f o (only Gatewise) | Gatewise 1, the others 2, which are added |
/// | ONNX | i o f g | i o f | 2, which are added, one after the other in one tensor |
/// | Keras | i f g o | | 1 |
/// | TensorFlow 1, `BasicLSTMCell`, `LSTMCell`, `LSTMBlockCell` | i g f o | separate arrays | 1, plus 1.0 for f |
/// | Haste | i g f o | | 1 |
///
/// ONNX and Keras call the candidate g c, TensorFlow j or ci, and cuDNN the new memory gate.
///
/// Sources: PyTorch's and Keras' documentation of their LSTM layers; ONNX's of the operator LSTM; TensorFlow's
/// `rnn_cell_impl.py` and operator LSTMBlockCell; cuDNN's of `cudnnGetRNNWeightParams`; Haste's
/// `lstm_forward_gpu.cu.cc`.
public struct GateOrder: Sendable, Hashable {
  /// The order of the blocks of H columns or rows.
  package let nets: [MemoryCell.Net]
  /// The order of the gates' blocks of peepholes; empty if there are none, or each is a separate array.
  package let peepholes: [MemoryCell.Net]
  /// The number of biases per gate, which are added: 1, or 2 if the input and the recurrent product have one each.
  package let biasCount: Int
  /// The constant that the framework by default adds to the forget gates' bias at run time, which is not in the
  /// weights.
  package let addedForgetBias: Double

  private init(_ nets: [MemoryCell.Net], peepholes: [MemoryCell.Net] = [], biasCount: Int, addedForgetBias: Double = 0)
  {
    self.nets = nets
    self.peepholes = peepholes
    self.biasCount = biasCount
    self.addedForgetBias = addedForgetBias
  }

  /// The order of the flat vector and of model files.
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
  /// Returns, for each block of `other` in its order, the position of the same block in this order.
  package func places(for other: GateOrder) -> [Int] { other.nets.map { nets.firstIndex(of: $0)! } }

  /// Returns, for each block of peepholes of `other` in its order, the position of the same block in this order; empty
  /// if either has none.
  package func peepholePlaces(for other: GateOrder) -> [Int] {
    peepholes.isEmpty ? [] : other.peepholes.map { peepholes.firstIndex(of: $0)! }
  }

  /// Returns the elements in the order of `other`.
  ///
  /// - Parameters:
  ///   - elements: One or more runs of four blocks: a bias `[4H]`, every row of a matrix `[I, 4H]`, or all of a matrix
  ///     `[4H, I]`.
  ///   - blockSize: The number of elements of one block: H, or H·I for a matrix `[4H, I]`.
  ///   - other: The new order.
  /// - Precondition: the number of elements is a multiple of 4·`blockSize`.
  public func reordered<Element>(_ elements: [Element], blockSize: Int, for other: GateOrder) -> [Element] {
    Self.reordered(elements, blockSize, places(for: other))
  }

  /// Returns peepholes, three blocks `[3H]` or `[3, H]`, in the order of `other`.
  ///
  /// - Precondition: both orders have peepholes, and the number of elements is a multiple of 3·`blockSize`.
  public func reorderedPeepholes<Element>(
    _ elements: [Element], blockSize: Int, for other: GateOrder
  ) -> [Element] {
    Self.reordered(elements, blockSize, peepholePlaces(for: other))
  }

  /// Returns the equivalent bias of Gatewise, `[4H]` in the order i, f, g, o: the sum of the framework's biases and of
  /// `addedForgetBias`.
  ///
  /// - Precondition: there are `biasCount` biases of 4H elements each.
  public func bias<S: Scalar>(_ biases: [[S]]) -> [S] {
    precondition(biases.count == biasCount, "\(biases.count) biases, but \(biasCount) are expected")
    var sum = Self.sum(biases)
    let hiddenSize = sum.count / nets.count
    if addedForgetBias != 0, let forget = nets.firstIndex(of: .forget) {
      for unit in forget * hiddenSize..<(forget + 1) * hiddenSize { sum[unit] += S(addedForgetBias) }
    }
    return reordered(sum, blockSize: hiddenSize, for: .gatewise)
  }

  /// Returns the sum of biases of the same size. If all but the first are zero, it has the bits of the first.
  package static func sum<S: Scalar>(_ biases: [[S]]) -> [S] {
    var sum = biases.first ?? []
    // -0 + 0 is +0.
    for bias in biases.dropFirst() {
      for (index, element) in bias.enumerated() where element != 0 { sum[index] += element }
    }
    return sum
  }

  private static func reordered<Element>(_ elements: [Element], _ blockSize: Int, _ places: [Int]) -> [Element] {
    let run = places.count * blockSize
    precondition(run > 0 && elements.count.isMultiple(of: run), "\(elements.count) elements, no multiple of \(run)")
    if places == Array(places.indices) { return elements }
    var result: [Element] = []
    result.reserveCapacity(elements.count)
    for start in stride(from: 0, to: elements.count, by: run) {
      for place in places { result += elements[start + place * blockSize..<start + (place + 1) * blockSize] }
    }
    return result
  }
}
