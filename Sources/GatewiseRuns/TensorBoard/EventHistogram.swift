import Gatewise

extension TBHistogramProto {
  /// How many buckets there are: TensorBoard draws about as many.
  private static let bucketCount = 30

  /// The histogram of some numbers, in 30 buckets of equal width from the least to the greatest, or one where these are
  /// the same. Numbers that are not finite are left out; nil where nothing is left.
  init?<V: BinaryFloatingPoint>(of values: some Collection<V>) {
    let values = values.lazy.map { Double($0) }.filter(\.isFinite)
    guard let first = values.first else { return nil }
    self.init()
    (min, max) = (first, first)
    for value in values {
      (min, max) = (Swift.min(min, value), Swift.max(max, value))
      num += 1
      sum += value
      sumSquares += value * value
    }
    let count = Self.bucketCount
    // Each part by itself, as the difference of the two may be beyond any number.
    let width = max / Double(count) - min / Double(count)
    guard width > 0 else {
      (bucketLimit, bucket) = ([max], [num])
      return
    }
    bucketLimit = (1..<count).map { Swift.min(min + Double($0) * width, max) } + [max]
    bucket = Array(repeating: 0, count: count)
    for value in values {
      let place = ((value / 2 - min / 2) / (width / 2)).rounded(.down)
      bucket[Int(Swift.min(Swift.max(place, 0), Double(count - 1)))] += 1
    }
  }
}
