/// The bias of a layer in the flat vector, for all of its columns, some of them, or none.
struct LayerBias: Sendable, Equatable {
  /// The start of the bias in the flat vector.
  let offset: Int
  /// The columns that have a bias, in order.
  let ranges: [Range<Int>]
  /// The number of columns of the layer.
  let columns: Int

  /// Whether every column has a bias.
  var isFull: Bool { count == columns }

  /// The number of columns that have a bias.
  var count: Int { ranges.reduce(0) { $0 + $1.count } }

  /// Returns the bias of all columns, `[C]`: in the flat vector if all have one, otherwise a copy in `memory` with
  /// zeros for the columns without.
  func expanded<S: Scalar>(
    _ parameters: VectorView<S>, in memory: @autoclosure () -> VectorView<S>
  ) -> VectorView<S> {
    if isFull { return parameters.vector(at: offset, count: columns) }
    let all = memory()
    all.fill(0)
    forEachRange { place, range in all[range].copy(from: parameters.vector(at: place, count: range.count)) }
    return all
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
