import Gatewise

/// The arrays of an LSTM node from a model's parameters: the inverse of ``LSTMArrays``.
struct LayerArrays<S: Scalar> {
  private let model: LSTM<S>
  private let layer: Int
  private var hidden: Int { model.configuration.hiddenSizes[layer] }

  init(_ model: LSTM<S>, layer: Int) { (self.model, self.layer) = (model, layer) }

  /// W `[D, 4H, I]`
  var inputWeights: [S] { turned(.inputWeights) }

  /// R `[D, 4H, H]`
  var recurrentWeights: [S] { turned(.recurrentWeights) }

  /// B `[D, 8H]`, the whole bias first and zeros after it; nil if no unit has a bias.
  var bias: [S]? {
    let biases = model.configuration.biases
    guard biases.gates || biases.cells else { return nil }
    return entries(.bias).flatMap { entry -> [S] in
      let columns = gates.filter { $0 == 2 ? biases.cells : biases.gates }
      return ordered(model.parameters[entry.range], columns, LSTMArrays<S>.gatePlaces)
        + [S](repeating: 0, count: 4 * hidden)
    }
  }

  /// P `[D, 3H]`
  var peepholes: [S]? {
    guard model.configuration.peepholes else { return nil }
    let rows = gates.contains(1) ? [0, 1, 2] : [0, 2]
    return entries(.peepholes).flatMap { ordered(model.parameters[$0.range], rows, LSTMArrays<S>.peepholePlaces) }
  }

  /// A learned state `[D, H]`.
  func states(_ role: ParameterLayout.Role) -> [S] { entries(role).flatMap { model.parameters[$0.range] } }

  /// The gates among Gatewise's i, f, g, o for which the layer has columns.
  private var gates: [Int] { model.configuration.cell.gating == .keepInput ? [0, 2, 3] : [0, 1, 2, 3] }

  /// The tensors of a role, the forward direction's first.
  private func entries(_ role: ParameterLayout.Role) -> [ParameterLayout.Entry] {
    model.layout.entries.filter { $0.role == role && $0.layer == layer }
  }

  /// Blocks of H numbers in ONNX's order, with zeros for missing ones.
  private func ordered(_ numbers: ArraySlice<S>, _ there: [Int], _ places: [Int]) -> [S] {
    var result = [S](repeating: 0, count: places.count * hidden)
    for (index, block) in there.enumerated() {
      let (from, to) = (numbers.startIndex + index * hidden, places[block] * hidden)
      result.replaceSubrange(to..<to + hidden, with: numbers[from..<from + hidden])
    }
    return result
  }

  private func turned(_ role: ParameterLayout.Role) -> [S] {
    let H = hidden
    return entries(role).flatMap { entry -> [S] in
      let (rows, columns) = (entry.shape[0], entry.shape[1])
      var result = [S](repeating: 0, count: 4 * H * rows)
      for (index, gate) in gates.enumerated() {
        let place = LSTMArrays<S>.gatePlaces[gate]
        for unit in 0..<H {
          for row in 0..<rows {
            result[(place * H + unit) * rows + row] = model.parameters[entry.offset + row * columns + index * H + unit]
          }
        }
      }
      return result
    }
  }
}
