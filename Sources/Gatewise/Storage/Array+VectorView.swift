extension Array where Element: BitwiseCopyable {
  /// Calls `body` with a view of the elements, which it only reads.
  func withView<Result>(_ body: (VectorView<Element>) throws -> Result) rethrows -> Result {
    try withUnsafeBufferPointer { try body(VectorView(reading: $0)) }
  }

  /// Calls `body` with a view of the elements.
  mutating func withMutableView<Result>(_ body: (VectorView<Element>) throws -> Result) rethrows -> Result {
    try withUnsafeMutableBufferPointer {
      guard let base = $0.baseAddress else { return try body(.empty) }
      return try body(VectorView(base, count: $0.count))
    }
  }
}
