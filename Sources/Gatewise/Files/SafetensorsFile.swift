/// A safetensors file that is open for reading: its metadata, the entries of its tensors, and their elements on demand.
///
/// Opening the file reads only the header and checks all of it against the length of the file, so that a truncated
/// file, or one with wrong sizes, is refused before memory is allocated for it. A tensor is read from the disk on
/// request, directly into the returned array. Format: https://huggingface.co/docs/safetensors
package struct SafetensorsFile: TensorFile {
  /// The path as given.
  package let path: String
  /// The text that was stored with the tensors.
  package let metadata: [String: String]
  /// The entries of all tensors, in the order of their bytes in the file.
  package let entries: [Entry]
  private let indices: [String: Int]
  private let file: InputFile

  /// Opens the file at `path` and checks its header.
  ///
  /// - Throws: `GatewiseError.file` if it cannot be read, its header is not that of a safetensors file, or the tensors
  ///   do not fill the rest of the file exactly.
  package init(path: String) throws(GatewiseError) {
    self.file = try InputFile(path: path)
    self.path = path
    let header = try SafetensorsHeader(file)
    self.metadata = header.metadata
    self.entries = header.entries
    self.indices = Dictionary(uniqueKeysWithValues: zip(header.entries.map(\.name), 0...))
  }

  /// The entry of the tensor `name`, nil if there is none.
  package subscript(name: String) -> Entry? {
    indices[name].map { entries[$0] }
  }

  /// Reads the tensor `name`, with its elements converted to `S`.
  ///
  /// F16, BF16 and F32 are widened exactly; F64 is rounded to nearest if `S` is `Float`.
  ///
  /// - Throws: `GatewiseError.file` if there is no such tensor, it has no floating-point numbers, or the file cannot be
  ///   read.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func tensor<S: Scalar>(_ name: String, as type: S.Type) throws(GatewiseError) -> Tensor<S> {
    let entry = try entry(name)
    let elements: [S]
    switch entry.elementType {
    case ElementType(S.dataType):
      elements = try file.readArray(of: S.self, count: entry.count, at: entry.byteRange.lowerBound)
    case .float32: elements = try converted(entry, from: Float.self) { S($0) }
    case .float64: elements = try converted(entry, from: Double.self) { S($0) }
    case .float16: elements = try converted(entry, from: UInt16.self) { S(Float16(bitPattern: $0)) }
    // bfloat16 is the upper half of a Float.
    case .bfloat16: elements = try converted(entry, from: UInt16.self) { S(Float(bitPattern: UInt32($0) << 16)) }
    default: throw problem(entry, expected: "floating-point numbers (F64, F32, F16 or BF16)")
    }
    return Tensor(checkedShape: entry.shape, elements: elements)
  }

  /// Reads the elements of the tensor `name`, which must be integers; `BOOL` is converted to 0 and 1.
  ///
  /// - Throws: `GatewiseError.file` if there is no such tensor, it has no integers, one of them is larger than the
  ///   largest `Int`, or the file cannot be read.
  package func integers(_ name: String) throws(GatewiseError) -> [Int] {
    let entry = try entry(name)
    // 8-bit integers take eight times the memory.
    guard entry.count <= (entry.byteRange.count + (16 << 20)) / MemoryLayout<Int>.stride else {
      throw .file(
        path: path,
        problem: "tensor \(quoted(name)) has \(entry.count) integers, too many to convert to 64 bits; save fewer, or "
          + "as 64-bit integers.")
    }
    switch entry.elementType {
    case .int64: return try file.readArray(of: Int.self, count: entry.count, at: entry.byteRange.lowerBound)
    case .int32: return try converted(entry, from: Int32.self) { Int($0) }
    case .int16: return try converted(entry, from: Int16.self) { Int($0) }
    case .int8: return try converted(entry, from: Int8.self) { Int($0) }
    case .uint32: return try converted(entry, from: UInt32.self) { Int($0) }
    case .uint16: return try converted(entry, from: UInt16.self) { Int($0) }
    case .uint8: return try converted(entry, from: UInt8.self) { Int($0) }
    case .bool: return try converted(entry, from: UInt8.self) { $0 == 0 ? 0 : 1 }
    case .uint64:
      let values = try file.readArray(of: UInt64.self, count: entry.count, at: entry.byteRange.lowerBound)
      guard let large = values.first(where: { $0 > UInt64(Int.max) }) else { return values.map { Int($0) } }
      throw .file(
        path: path, problem: "tensor \(quoted(name)) has the element \(large), but must be at most \(Int.max).")
    default: throw problem(entry, expected: "integers (I64, I32, I16, I8, U64, U32, U16, U8 or BOOL)")
    }
  }

  /// Returns the bytes of a tensor in the file.
  func bytes(of entry: Entry) throws(GatewiseError) -> [UInt8] {
    try file.readArray(of: UInt8.self, count: entry.byteRange.count, at: entry.byteRange.lowerBound)
  }

  // MARK: Details

  private func entry(_ name: String) throws(GatewiseError) -> Entry {
    guard let entry = self[name] else { throw noTensor(name) }
    return entry
  }

  private func problem(_ entry: Entry, expected: String) -> GatewiseError {
    .file(
      path: path,
      problem: "tensor \(quoted(entry.name)) has dtype \(entry.elementType.rawValue), but \(expected) are expected.")
  }

  // Reads a piece at a time, so that the bytes of the file and the whole result are never in memory together.
  private func converted<Stored: BitwiseCopyable, Element>(
    _ entry: Entry, from type: Stored.Type, _ convert: (Stored) -> Element
  ) throws(GatewiseError) -> [Element] {
    let pieceCount = 1 << 14
    try MemoryLimit.require(bytes: Double(entry.count) * Double(MemoryLayout<Element>.stride), toRead: path)
    var elements: [Element] = []
    elements.reserveCapacity(entry.count)
    while elements.count < entry.count {
      let piece = try file.readArray(
        of: Stored.self, count: min(pieceCount, entry.count - elements.count),
        at: entry.byteRange.lowerBound + elements.count * MemoryLayout<Stored>.stride)
      for stored in piece { elements.append(convert(stored)) }
    }
    return elements
  }
}

#if !_endian(little)
  #error("The format is little-endian, and its numbers are read without conversion.")
#endif

extension Tensor {
  /// Makes a tensor whose number of elements is known to be the product of `shape`.
  package init(checkedShape shape: [Int], elements: [Element]) {
    do { try self.init(shape: shape, elements: elements) } catch { preconditionFailure("\(error)") }
  }
}
