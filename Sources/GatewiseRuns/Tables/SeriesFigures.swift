import Gatewise

/// The statistics of a series, computed before training in one pass over its rows.
struct SeriesFigures {
  /// The moments of the inputs in the training rows.
  private(set) var levels: [Moments]
  /// The moments of the change of each target that is an input, from one training row to the next.
  private(set) var lastChanges: [Moments]
  /// The moments of the quantities that the outputs represent in the training rows: changes over the horizon, or
  /// levels.
  private(set) var targets: [Moments]
  /// The sum of squares of each target's changes over the horizon, up to the held-out rows.
  private(set) var squaredChanges: [Double]
  /// The moments of each target in the held-out rows.
  private(set) var heldOut: [Moments]
  /// The checksum of all numbers.
  private(set) var checksum = Checksum()

  /// The number of rows in memory at once. The checksum depends on it.
  private static var block: Int { 4096 }

  /// Reads all rows.
  ///
  /// - Parameter split: The first held-out row, above the horizon.
  /// - Throws: The errors of reading the rows.
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

/// A block of rows, with the values needed from earlier rows.
private struct Block {
  /// `[rows, width]`
  private(set) var values: [Double] = []
  /// The change of each target over the horizon, for the rows that have a row before them at that distance.
  private(set) var changes: [[Double]]
  /// The value of each target in these rows.
  private(set) var reached: [[Double]]

  private let layout: SeriesLayout
  /// The row before the block; empty for the first.
  private var before: [Double] = []
  /// The targets of the last rows, as many as the horizon is long, at their row modulo the horizon.
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

  /// Returns the changes of a column from one row to the next, including that to the block's first row, unless it is
  /// the first of all.
  func lastChanges(_ c: Int) -> [Double] {
    let column = (before.isEmpty ? [] : [before[c]]) + column(c)
    return zip(column.dropFirst(), column).map { $0 - $1 }
  }
}
