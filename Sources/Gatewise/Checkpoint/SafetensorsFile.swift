/// A safetensors file that is open for reading: its metadata, what tensors it has, and their elements on demand.
///
/// Opening reads and checks the header alone, and checks all of it against the length of the file, so a file that is
/// cut off, or lies about its sizes, is refused before memory is taken for it. A tensor is read from the disk when it
/// is asked for, straight into the array that is handed out. Format: https://huggingface.co/docs/safetensors
public struct SafetensorsFile: Sendable {
  /// The path as given.
  public let path: String
  /// What the writer noted beside the tensors.
  public let metadata: [String: String]
  /// What tensors there are, in the order of their bytes in the file.
  public let entries: [Entry]
  private let indices: [String: Int]
  private let file: InputFile

  /// Opens the file at `path` and checks its header.
  ///
  /// - Throws: `GatewiseError.file` where it cannot be read, or its header is no header of a safetensors file, or the
  ///   tensors do not fill the rest of the file exactly.
  public init(path: String) throws(GatewiseError) {
    self.file = try InputFile(path: path)
    self.path = path
    let header = try SafetensorsHeader(file)
    self.metadata = header.metadata
    self.entries = header.entries
    self.indices = Dictionary(uniqueKeysWithValues: zip(header.entries.map(\.name), 0...))
  }

  /// What the header says about the tensor `name`; nil where there is none.
  public subscript(name: String) -> Entry? {
    indices[name].map { entries[$0] }
  }

  /// The tensor `name`, its elements converted to `S`.
  ///
  /// F16, BF16 and F32 widen exactly; F64 is rounded to the nearest `Float` where `S` is that.
  ///
  /// - Throws: `GatewiseError.file` where there is no such tensor, it holds no floating-point numbers, or the file
  ///   cannot be read.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func tensor<S: Scalar>(_ name: String, as type: S.Type) throws(GatewiseError) -> Tensor<S> {
    let entry = try entry(name)
    let elements: [S]
    switch entry.elementType {
    case ElementType(S.dataType):
      elements = try file.readArray(of: S.self, count: entry.count, at: entry.byteRange.lowerBound)
    case .float32: elements = try converted(entry, from: Float.self) { S($0) }
    case .float64: elements = try converted(entry, from: Double.self) { S($0) }
    case .float16: elements = try converted(entry, from: UInt16.self) { S(Float16(bitPattern: $0)) }
    // The upper half of a Float.
    case .bfloat16: elements = try converted(entry, from: UInt16.self) { S(Float(bitPattern: UInt32($0) << 16)) }
    default: throw problem(entry, expected: "floating-point numbers (F64, F32, F16 or BF16)")
    }
    return Tensor(checkedShape: entry.shape, elements: elements)
  }

  /// The elements of the tensor `name`, which holds whole numbers; `BOOL` gives 0 and 1.
  ///
  /// - Throws: `GatewiseError.file` where there is no such tensor, it holds no whole numbers, one of them is larger
  ///   than the largest `Int`, or the file cannot be read.
  public func integers(_ name: String) throws(GatewiseError) -> [Int] {
    let entry = try entry(name)
    // Small numbers widen eightfold.
    guard entry.count <= (entry.byteRange.count + (16 << 20)) / MemoryLayout<Int>.stride else {
      throw .file(
        path: path,
        problem: "tensor \(quoted(name)) has \(entry.count) whole numbers, too many to be lengths; save fewer, or as "
          + "64-bit integers.")
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
        path: path, problem: "tensor \(quoted(name)) holds \(large), but \(Int.max) is the largest number that is read."
      )
    default: throw problem(entry, expected: "whole numbers (I64, I32, I16, I8, U64, U32, U16, U8 or BOOL)")
    }
  }

  /// The bytes of a tensor as they lie in the file.
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

  // Reads a piece at a time, so that the bytes of the file never lie in memory beside the whole result.
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
  #error("The format is little-endian, and its numbers are read as they lie in the file.")
#endif

extension Tensor {
  /// Makes a tensor of which it is known that `shape`'s product is the number of elements.
  package init(checkedShape shape: [Int], elements: [Element]) {
    do { try self.init(shape: shape, elements: elements) } catch { preconditionFailure("\(error)") }
  }
}
