/// The bias of a layer in the flat vector: of all its columns, of some kinds of them, or of none.
struct LayerBias: Sendable, Equatable {
  /// Where it begins.
  let offset: Int
  /// The columns that have one, in their order.
  let ranges: [Range<Int>]
  /// All columns of the layer.
  let columns: Int

  /// Whether every column has one.
  var isFull: Bool { count == columns }

  /// Columns that have one.
  var count: Int { ranges.reduce(0) { $0 + $1.count } }

  /// b of every column, `[C]`: in its place, or in `memory` with zeros where there is none.
  func expanded<S: Scalar>(
    _ parameters: UnsafePointer<S>, in memory: @autoclosure () -> UnsafeMutablePointer<S>
  ) -> UnsafePointer<S> {
    if isFull { return parameters + offset }
    let all = memory()
    all.update(repeating: 0, count: columns)
    forEachRange { place, range in (all + range.lowerBound).update(from: parameters + place, count: range.count) }
    return UnsafePointer(all)
  }

  /// db of the columns that have one, out of db of all `[C]`.
  func collect<S: Scalar>(_ all: UnsafePointer<S>, into gradients: UnsafeMutablePointer<S>) {
    forEachRange { place, range in (gradients + place).update(from: all + range.lowerBound, count: range.count) }
  }

  /// Calls `body` with where a range of columns lies in the flat vector, and the range.
  func forEachRange(_ body: (_ place: Int, _ range: Range<Int>) -> Void) {
    var place = offset
    for range in ranges {
      body(place, range)
      place += range.count
    }
  }
}
