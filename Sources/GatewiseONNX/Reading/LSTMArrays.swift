import Gatewise

/// The arrays of an LSTM node, and their conversion to Gatewise's orientation and gate order.
///
/// ONNX has `[4H, I]` with gates in the order i, o, f, c, and peepholes in the order i, o, f; Gatewise has `[I, 4H]`
/// with i, f, g, o, and peepholes i, f, o.
struct LSTMArrays<S: Scalar> {
  /// `[D, 4H, I]`
  let inputWeights: [S]
  /// `[D, 4H, H]`
  let recurrentWeights: [S]
  /// `[D, 8H]`: the biases of the input's products, then those of the recurrent products.
  let bias: [S]?
  /// `[D, 3H]`
  let peepholes: [S]?
  let inputSize: Int
  let hiddenSize: Int

  /// The indices in ONNX's order of Gatewise's gates i, f, g, o.
  static var gatePlaces: [Int] { GateOrder.onnx.places(for: .gatewise) }
  /// The indices in ONNX's order of Gatewise's peepholes i, f, o.
  static var peepholePlaces: [Int] { GateOrder.onnx.peepholePlaces(for: .gatewise) }

  /// W of a direction, `[I, 4H]`.
  func inputWeights(_ direction: Int) -> [S] { turned(inputWeights, direction, columns: inputSize) }

  /// R of a direction, `[H, 4H]`.
  func recurrentWeights(_ direction: Int) -> [S] { turned(recurrentWeights, direction, columns: hiddenSize) }

  /// One of the two biases of a direction, `[4H]`.
  func bias(_ direction: Int, part: Int) -> [S]? {
    bias.map { ordered($0, from: (8 * direction + 4 * part) * hiddenSize, Self.gatePlaces) }
  }

  /// The peepholes of a direction, `[3, H]`.
  func peepholes(_ direction: Int) -> [S]? {
    peepholes.map { ordered($0, from: 3 * direction * hiddenSize, Self.peepholePlaces) }
  }

  private func ordered(_ array: [S], from start: Int, _ places: [Int]) -> [S] {
    places.flatMap { array[start + $0 * hiddenSize..<start + ($0 + 1) * hiddenSize] }
  }

  private func turned(_ array: [S], _ direction: Int, columns: Int) -> [S] {
    let (H, width) = (hiddenSize, 4 * hiddenSize)
    let start = direction * width * columns
    return [S](unsafeUninitializedCapacity: width * columns) { target, count in
      array.withUnsafeBufferPointer { source in
        for (gate, place) in Self.gatePlaces.enumerated() {
          for unit in 0..<H {
            let row = start + (place * H + unit) * columns
            for column in 0..<columns { target[column * width + gate * H + unit] = source[row + column] }
          }
        }
      }
      count = width * columns
    }
  }
}
