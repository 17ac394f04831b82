import Gatewise

/// What there is to know of a series before it is learned from, found in one pass over its rows.
struct SeriesFigures {
  /// Of the inputs' training rows.
  private(set) var levels: [Moments]
  /// Of the change of each target among the inputs from one training row to the next.
  private(set) var lastChanges: [Moments]
  /// Of what the outputs stand for in the training rows: changes over the horizon, or levels.
  private(set) var targets: [Moments]
  /// Σ of the squares of each target's changes over the horizon, up to the held-out rows.
  private(set) var squaredChanges: [Double]
  /// Of each target's held-out rows.
  private(set) var heldOut: [Moments]
  /// Over all numbers.
  private(set) var checksum = Checksum()

  /// Rows that are in memory at once. Sums depend on it.
  private static var block: Int { 4096 }

  /// Reads all rows.
  ///
  /// - Parameter split: The first held-out row, above the horizon.
  /// - Throws: what reading them throws.
  init(_ rows: any RowStorage, _ layout: SeriesLayout, split: Int) throws(GatewiseError) {
    levels = [Moments](repeating: Moments(), count: layout.inputCount)
    lastChanges = [Moments](repeating: Moments(), count: layout.changing.count)
    targets = [Moments](repeating: Moments(), count: layout.targets.count)
    squaredChanges = [Double](repeating: 0, count: layout.targets.count)
    heldOut = targets
    var block = Block(layout)
    for part in [0..<split, split..<rows.rowCount] {
      for start in stride(from: part.lowerBound, to: part.upperBound, by: Self.block) {
        let range = start..<min(start + Self.block, part.upperBound)
        try block.read(range, of: rows)
        checksum.add(block.values)
        if start < split { addTraining(block, layout) } else { addHeldOut(block) }
      }
    }
  }

  private mutating func addTraining(_ block: Block, _ layout: SeriesLayout) {
    for c in levels.indices { levels[c].add(Moments(block.column(c))) }
    for k in lastChanges.indices { lastChanges[k].add(Moments(block.lastChanges(layout.changing[k]))) }
    for k in targets.indices {
      targets[k].add(Moments(layout.isChange(k) ? block.changes[k] : block.reached[k]))
    }
  }

  private mutating func addHeldOut(_ block: Block) {
    for k in squaredChanges.indices {
      squaredChanges[k] = block.changes[k].reduce(squaredChanges[k]) { $0 + $1 * $1 }
      heldOut[k].add(Moments(block.reached[k]))
    }
  }
}

/// Some rows, with what is needed of those before them.
private struct Block {
  /// `[rows, width]`
  private(set) var values: [Double] = []
  /// Each target's change over the horizon, at the rows that have one before them at that distance.
  private(set) var changes: [[Double]]
  /// Each target's value at these rows.
  private(set) var reached: [[Double]]

  private let layout: SeriesLayout
  /// The row before the block; empty for the first.
  private var before: [Double] = []
  /// The targets of the last rows, as many as the horizon is long, each at its row modulo the horizon.
  private var ring: [Double]

  init(_ layout: SeriesLayout) {
    self.layout = layout
    changes = layout.targets.map { _ in [] }
    reached = changes
    ring = [Double](repeating: 0, count: layout.horizon * layout.targets.count)
  }

  mutating func read(_ rows: Range<Int>, of storage: any RowStorage) throws(GatewiseError) {
    if !values.isEmpty { before = Array(values.suffix(layout.width)) }
    values = [Double](repeating: 0, count: rows.count * layout.width)
    try storage.read(rows, into: &values, at: 0)
    for k in layout.targets.indices {
      changes[k].removeAll(keepingCapacity: true)
      reached[k].removeAll(keepingCapacity: true)
      for (index, row) in rows.enumerated() {
        let value = values[index * layout.width + layout.targets[k]]
        let place = row % layout.horizon * layout.targets.count + k
        if row >= layout.horizon {
          changes[k].append(value - ring[place])
          reached[k].append(value)
        }
        ring[place] = value
      }
    }
  }

  func column(_ c: Int) -> [Double] { stride(from: c, to: values.count, by: layout.width).map { values[$0] } }

  /// A column's changes from one row to the next, that of the block's first row among them unless it is the first of all.
  func lastChanges(_ c: Int) -> [Double] {
    let column = (before.isEmpty ? [] : [before[c]]) + column(c)
    return zip(column.dropFirst(), column).map { $0 - $1 }
  }
}
