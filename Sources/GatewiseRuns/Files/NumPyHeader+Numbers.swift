import Gatewise

extension NumPyHeader {
  /// Returns the numbers of the array as `S`, in row-major order: narrower types widen exactly, wider ones are rounded.
  ///
  /// - Parameter read: Fills a buffer with the next bytes.
  /// - Returns: nil if the array is not floating-point.
  func numbers<S: Scalar, Failure>(
    as _: S.Type, read: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) -> [S]? {
    switch elementType {
    case .float32: try elements(read) { S(Float(bitPattern: UInt32(littleEndian: $0))) }
    case .float64: try elements(read) { S(Double(bitPattern: UInt64(littleEndian: $0))) }
    case .float16: try elements(read) { S(Float(Float16(bitPattern: UInt16(littleEndian: $0)))) }
    default: nil
    }
  }

  /// Returns the integers of the array in row-major order; unsigned values above `Int.max` become -1.
  ///
  /// - Parameter read: Fills a buffer with the next bytes.
  /// - Returns: nil if the array does not hold integers.
  func integers<Failure>(
    read: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) -> [Int]? {
    switch elementType {
    case .int64: try elements(read) { Int(Int64(littleEndian: $0)) }
    case .int32: try elements(read) { Int(Int32(littleEndian: $0)) }
    case .int16: try elements(read) { Int(Int16(littleEndian: $0)) }
    case .int8: try elements(read) { (stored: Int8) in Int(stored) }
    case .uint64: try elements(read) { Int(exactly: UInt64(littleEndian: $0)) ?? -1 }
    case .uint32: try elements(read) { Int(UInt32(littleEndian: $0)) }
    case .uint16: try elements(read) { Int(UInt16(littleEndian: $0)) }
    case .uint8: try elements(read) { (stored: UInt8) in Int(stored) }
    case .bool: try elements(read) { (stored: UInt8) in stored == 0 ? 0 : 1 }
    default: nil
    }
  }

  /// Reads a piece at a time, so that memory never holds all bytes of the file together with the whole result, and
  /// stores every element at its row-major position.
  private func elements<Stored: BitwiseCopyable, Element: Numeric, Failure>(
    _ read: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void, _ convert: (Stored) -> Element
  ) throws(Failure) -> [Element] {
    let (count, width) = (count, MemoryLayout<Stored>.size)
    var elements = [Element](repeating: 0, count: count)
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: min(count, 1 << 13) * width, alignment: 8)
    defer { piece.deallocate() }
    var place = FileOrder(shape, isFortran: isFortranOrder)
    var done = 0
    while done < count {
      let bytes = UnsafeMutableRawBufferPointer(rebasing: piece[..<(min(1 << 13, count - done) * width)])
      try read(bytes)
      for index in 0..<(bytes.count / width) {
        elements[place.offset] = convert(bytes.loadUnaligned(fromByteOffset: index * width, as: Stored.self))
        place.advance()
      }
      done += bytes.count / width
    }
    return elements
  }

  /// The row-major positions of consecutive elements of a file.
  private struct FileOrder {
    var offset = 0
    private let shape: [Int]
    private let strides: [Int]
    private var index: [Int]

    init(_ shape: [Int], isFortran: Bool) {
      // With at most one dimension both orders are the same.
      self.shape = isFortran && shape.count > 1 ? shape : []
      index = Array(repeating: 0, count: self.shape.count)
      var strides = index
      var stride = 1
      for dimension in self.shape.indices.reversed() {
        strides[dimension] = stride
        stride *= shape[dimension]
      }
      self.strides = strides
    }

    mutating func advance() {
      guard !shape.isEmpty else { return offset += 1 }
      for dimension in shape.indices {
        index[dimension] += 1
        offset += strides[dimension]
        if index[dimension] < shape[dimension] { return }
        offset -= strides[dimension] * index[dimension]
        index[dimension] = 0
      }
    }
  }
}
