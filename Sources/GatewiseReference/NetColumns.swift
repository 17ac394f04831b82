/// The columns of each gate and of the candidate in a row of pre-activations: i, f, g, o, as far as the layer has them.
/// A gate has one column per memory block, the candidate one per cell.
struct NetColumns: Sendable, Equatable {
  /// S
  let cellsPerBlock: Int
  /// B
  let blocks: Int
  let input: Range<Int>?
  let forget: Range<Int>?
  let candidate: Range<Int>
  let output: Range<Int>

  init(_ cell: ReferenceCell, hiddenSize H: Int) {
    let blocks = H / cell.cellsPerBlock
    let hasInput = cell.gating != .keepForget
    let hasForget = cell.gating == .inputAndForget || cell.gating == .keepForget
    let (f, g) = (hasInput ? blocks : 0, (hasInput ? blocks : 0) + (hasForget ? blocks : 0))
    cellsPerBlock = cell.cellsPerBlock
    self.blocks = blocks
    input = hasInput ? 0..<blocks : nil
    forget = hasForget ? f..<f + blocks : nil
    candidate = g..<g + H
    output = g + H..<g + H + blocks
  }

  /// C, the number of columns of a row.
  var count: Int { output.upperBound }

  /// The existing gates, in the order i, f, o.
  var gates: [Range<Int>] { [input, forget, output].compactMap { $0 } }

  /// G, the number of activations of all gates.
  var gateCount: Int { gates.count * blocks }

  /// The columns with a bias, in order.
  func biased(_ biases: ReferenceBiases) -> [Int] {
    (0..<count).filter { candidate.contains($0) ? biases.cells : biases.gates }
  }
}
