import Gatewise

extension TBHistogramProto {
  /// The number of buckets; TensorBoard draws about as many.
  private static let bucketCount = 30

  /// Creates a histogram in 30 buckets of equal width from the smallest number to the largest, or one bucket if they
  /// are equal. Non-finite numbers are left out; nil if none remains.
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
    // Divided before subtracting, since the difference may overflow.
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
