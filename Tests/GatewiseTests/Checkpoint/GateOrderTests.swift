import Gatewise
import Testing

@Suite("Gate orders of the frameworks") struct GateOrderTests {
  /// The expected orders, written by hand: H = 2, the numbers of gate i are 1 and 2, of f 3 and 4, of g 5 and 6, of o 7
  /// and 8.
  static let orders: [(name: String, order: GateOrder, bias: [Double])] = [
    ("Gatewise", .gatewise, [1, 2, 3, 4, 5, 6, 7, 8]),
    ("PyTorch", .pyTorch, [1, 2, 3, 4, 5, 6, 7, 8]),
    ("cuDNN", .cuDNN, [1, 2, 3, 4, 5, 6, 7, 8]),
    ("Keras", .keras, [1, 2, 3, 4, 5, 6, 7, 8]),
    ("ONNX", .onnx, [1, 2, 7, 8, 3, 4, 5, 6]),
    ("TensorFlow 1", .tensorFlowCell, [1, 2, 5, 6, 3, 4, 7, 8]),
    ("Haste", .haste, [1, 2, 5, 6, 3, 4, 7, 8]),
  ]

  @Test("vectors and both orientations of a matrix are reordered, and back", arguments: orders)
  func matrices(name: String, order: GateOrder, bias: [Double]) {
    let ours: [Double] = [1, 2, 3, 4, 5, 6, 7, 8]
    #expect(order.reordered(bias, blockSize: 2, for: .gatewise) == ours)
    #expect(GateOrder.gatewise.reordered(ours, blockSize: 2, for: order) == bias)
    // [I, 4H] with I = 3: every row is the bias plus a different multiple of 100.
    let wide = [0.0, 100, 200].flatMap { row in bias.map { row + $0 } }
    let expected = [0.0, 100, 200].flatMap { row in ours.map { row + $0 } }
    #expect(order.reordered(wide, blockSize: 2, for: .gatewise) == expected)
    // [4H, I] with I = 3: every element of the bias becomes a row.
    let tall = bias.flatMap { [$0, $0 + 100, $0 + 200] }
    let turned = ours.flatMap { [$0, $0 + 100, $0 + 200] }
    #expect(order.reordered(tall, blockSize: 6, for: .gatewise) == turned)
    for other in Self.orders {
      #expect(order.reordered(bias, blockSize: 2, for: other.order) == other.bias, "\(name) to \(other.name)")
    }
    print("\(name): nets \(order.nets.map(\.rawValue).joined()), biases \(order.biasCount)")
  }

  @Test("ONNX has its peepholes in the order i, o, f")
  func peepholes() {
    let ours: [Double] = [1, 2, 3, 4, 7, 8]
    let onnx: [Double] = [1, 2, 7, 8, 3, 4]
    #expect(GateOrder.onnx.reorderedPeepholes(onnx, blockSize: 2, for: .gatewise) == ours)
    #expect(GateOrder.gatewise.reorderedPeepholes(ours, blockSize: 2, for: .onnx) == onnx)
    #expect(GateOrder.onnx.places(for: .gatewise) == [0, 2, 3, 1])
    #expect(GateOrder.onnx.peepholePlaces(for: .gatewise) == [0, 2, 1])
    #expect(GateOrder.keras.peepholePlaces(for: .gatewise).isEmpty)
  }

  @Test("biases are added, and TensorFlow's forget gates get its run-time constant")
  func biases() {
    #expect(GateOrder.keras.bias([[1.0, 2, 3, 4]]) == [1, 2, 3, 4])
    #expect(GateOrder.pyTorch.bias([[1.0, 2, 3, 4], [10, 20, 30, 40]]) == [11, 22, 33, 44])
    #expect(GateOrder.onnx.bias([[1.0, 4, 2, 3], [10, 40, 20, 30]]) == [11, 22, 33, 44])
    #expect(GateOrder.tensorFlowCell.bias([[1.0, 1, 3, 3, 2, 2, 4, 4]]) == [1, 1, 3, 3, 3, 3, 4, 4])
    #expect(GateOrder.haste.bias([[1.0, 3, 2, 4]]) == [1, 2, 3, 4])
    let kept: [Double] = GateOrder.sum([[-0.0, 1], [0, 2]])
    #expect(kept.map(\.bitPattern) == [(-0.0).bitPattern, 3.0.bitPattern])
  }
}
