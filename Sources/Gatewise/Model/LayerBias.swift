/// The bias of a layer in the flat vector, for all of its columns, some of them, or none.
struct LayerBias: Sendable, Equatable {
  /// The start of the bias in the flat vector.
  let offset: Int
  /// The columns that have a bias, in order.
  let ranges: [Range<Int>]
  /// The number of columns of the layer.
  let columns: Int
  /// Whether every column has a bias.
  let isFull: Bool

  init(offset: Int, ranges: [Range<Int>], columns: Int) {
    (self.offset, self.ranges, self.columns) = (offset, ranges, columns)
    isFull = ranges.reduce(0) { $0 + $1.count } == columns
  }

  /// Copies the bias of the columns that have one to that of all columns, `[C]`, with zeros for the others.
  func expand<S: Scalar>(_ parameters: VectorView<S>, into all: VectorView<S>) {
    all.fill(0)
    forEachRange { place, range in all[range].copy(from: parameters.vector(at: place, count: range.count)) }
  }

  /// Copies db of the columns that have a bias from db of all columns, `[C]`.
  func collect<S: Scalar>(_ all: VectorView<S>, into gradients: VectorView<S>) {
    forEachRange { place, range in gradients.vector(at: place, count: range.count).copy(from: all[range]) }
  }

  /// Calls `body` with the start of each range of columns in the flat vector, and the range.
  func forEachRange(_ body: (_ place: Int, _ range: Range<Int>) -> Void) {
    var place = offset
    for range in ranges {
      body(place, range)
      place += range.count
    }
  }
}
