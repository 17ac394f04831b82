/// How a layer's nets lie in a row of pre-activations, activations or deltas: blocks of columns in the order i, f, g,
/// o, of which only those are there that the layer has. Gates have one column a memory block, candidates one a cell.
struct GateColumns: Sendable, Equatable {
  /// H
  let cells: Int
  /// B = H/S
  let blocks: Int
  /// Where each block of columns starts; nil where the layer has no such gate of its own.
  let input: Int?
  let forget: Int?
  let candidate: Int
  let output: Int
  /// All columns: 4H where S = 1 and all gates are there.
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

  /// The gates of a block: 2 or 3.
  let gateKinds: Int

  /// Where the gates' columns start, in the order i, f, o.
  var gates: [Int] { [input, forget, output].compactMap(\.self) }

  /// G: the numbers that gates of one step hand to the next where gate activations are inputs, one a gate and block.
  var gateCount: Int { gateKinds * blocks }

  /// The columns of every kind of net, in their order.
  var nets: [(net: MemoryCell.Net, columns: Range<Int>)] {
    [
      input.map { (.input, $0..<$0 + blocks) }, forget.map { (.forget, $0..<$0 + blocks) },
      (.candidate, candidate..<candidate + cells), (.output, output..<output + blocks),
    ].compactMap(\.self)
  }

  /// The columns of some kinds of nets.
  func ranges(gates wantsGates: Bool, cells wantsCells: Bool) -> [Range<Int>] {
    let gates = gates.map { $0..<$0 + blocks }
    let all = (wantsGates ? gates : []) + (wantsCells ? [candidate..<candidate + cells] : [])
    return all.sorted { $0.lowerBound < $1.lowerBound }
  }
}
