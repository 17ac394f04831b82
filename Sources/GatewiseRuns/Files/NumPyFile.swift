import Gatewise

/// A NumPy array file (`.npy`, versions 1 to 3) of float16, float32 or float64 numbers, little-endian, in C or Fortran
/// order.
public struct NumPyFile: Sendable {
  /// The path of the file, for messages.
  public let path: String
  /// The shape of the array.
  public let shape: [Int]
  /// The number type that represents the array's numbers exactly.
  public let dataType: DataType
  private let header: NumPyHeader
  private let bytes: [UInt8]

  /// Reads a file.
  ///
  /// - Throws: `GatewiseError.file` if it is missing, unreadable, not a `.npy` file, shorter or longer than its header
  ///   says, or an array of another type.
  public init(path: String) throws(GatewiseError) {
    let file = try InputFile(path: path)
    // The bytes, and the numbers decoded from them.
    try MemoryLimit.require(bytes: 2 * Double(file.size), toRead: path)
    let bytes = try file.readAll()
    var reader = ByteReader(bytes)
    let header = try NumPyHeader(size: bytes.count, path: path) { (buffer) throws(GatewiseError) in
      reader.read(into: buffer)
    }
    guard header.elementType.isFloatingPoint else {
      throw .file(
        path: path,
        problem: "holds numbers of the type \(header.elementType.rawValue), but '<f4' (float32) or '<f8' (float64) is "
          + "expected; convert it with x.astype('<f4').")
    }
    (self.path, self.bytes, self.header) = (path, bytes, header)
    shape = header.shape
    dataType = header.elementType == .float64 ? .float64 : .float32
  }

  /// Returns the array, with each number rounded to `S` if the file's type is wider.
  public func tensor<S: Scalar>(_: S.Type = S.self) -> Tensor<S> {
    var reader = ByteReader(bytes, from: header.byteCount)
    let numbers = header.numbers(as: S.self) { (buffer) throws(Never) in reader.read(into: buffer) }
    return Tensor(checkedShape: shape, elements: numbers ?? [])
  }

  /// Returns the array as a batch of sequences `[T, N, I]`; a file of shape `[T, I]` is one sequence.
  ///
  /// - Throws: `GatewiseError.file` if the number of dimensions or inputs does not fit, or there is no sequence.
  public func sequences<S: Scalar>(_: S.Type = S.self, inputSize: Int) throws(GatewiseError) -> Tensor<S> {
    guard shape.count == 2 || shape.count == 3, shape.last == inputSize else {
      throw .file(
        path: path,
        problem: "has shape \(shape), but the model expects [T, \(inputSize)] or [T, N, \(inputSize)].")
    }
    guard !shape.dropLast().dropFirst().contains(0) else {
      throw .file(path: path, problem: "has shape \(shape), but at least one sequence is expected.")
    }
    let flat: Tensor<S> = tensor()
    do {
      return try Tensor(shape: shape.count == 3 ? shape : [shape[0], 1, shape[1]], elements: flat.elements)
    } catch {
      preconditionFailure("a dimension of extent 1 changes no count: \(error)")
    }
  }

  /// Writes a tensor atomically as a `.npy` file of version 1.
  ///
  /// - Throws: `GatewiseError.file` if the file cannot be written.
  public static func write<S: Scalar>(_ tensor: Tensor<S>, to path: String) throws(GatewiseError) {
    let type = SafetensorsFile.ElementType(S.dataType)
    let named = SafetensorsFile.NamedTensor("", tensor)
    try AtomicFile.write(to: path) { (writer) throws(GatewiseError) in
      try writer.write(NumPyHeader.bytes(type, shape: tensor.shape) ?? [])
      try named.send { (bytes) throws(GatewiseError) in try writer.write(bytes) }
    }
  }
}

/// Reads bytes in sequence.
private struct ByteReader {
  private let bytes: [UInt8]
  private var position: Int

  init(_ bytes: [UInt8], from position: Int = 0) { (self.bytes, self.position) = (bytes, position) }

  /// - Precondition: At least `buffer.count` bytes are left.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) {
    buffer.copyBytes(from: bytes[position..<position + buffer.count])
    position += buffer.count
  }
}
