/// The layout of a row of pre-activations, activations or deltas of a layer: blocks of columns in the order i, f, g, o,
/// without those that the layer lacks. Gates have one column per memory block, candidates one per cell.
struct GateColumns: Sendable, Equatable {
  /// H
  let cells: Int
  /// B = H/S
  let blocks: Int
  /// The start of each block of columns; nil if the layer does not have the gate.
  let input: Int?
  let forget: Int?
  let candidate: Int
  let output: Int
  /// The number of columns: 4H if S = 1 and the layer has all gates.
  let count: Int

  init(_ cell: MemoryCell, hiddenSize: Int) {
    cells = hiddenSize
    blocks = hiddenSize / cell.cellsPerBlock
    gateKinds = cell.gatesPerBlock
    var next = 0
    func take(_ columns: Int) -> Int {
      defer { next += columns }
      return next
    }
    input = cell.gating == .keepForget ? nil : take(blocks)
    forget = cell.gating == .inputAndForget || cell.gating == .keepForget ? take(blocks) : nil
    candidate = take(hiddenSize)
    output = take(blocks)
    count = next
  }

  /// S
  var cellsPerBlock: Int { cells / blocks }

  /// The number of gates of a block, 2 or 3.
  let gateKinds: Int

  /// The starts of the gates' columns, in the order i, f, o.
  var gates: [Int] { [input, forget, output].compactMap(\.self) }

  /// G: the number of gate activations that are inputs of the next step with `gateRecurrence`, one per gate and block.
  var gateCount: Int { gateKinds * blocks }

  /// The columns of every kind of unit, in order.
  var nets: [(net: MemoryCell.Net, columns: Range<Int>)] {
    [
      input.map { (.input, $0..<$0 + blocks) }, forget.map { (.forget, $0..<$0 + blocks) },
      (.candidate, candidate..<candidate + cells), (.output, output..<output + blocks),
    ].compactMap(\.self)
  }

  /// Returns the columns of the gates, of the candidates, or of both.
  func ranges(gates wantsGates: Bool, cells wantsCells: Bool) -> [Range<Int>] {
    let gates = gates.map { $0..<$0 + blocks }
    let all = (wantsGates ? gates : []) + (wantsCells ? [candidate..<candidate + cells] : [])
    return all.sorted { $0.lowerBound < $1.lowerBound }
  }
}
