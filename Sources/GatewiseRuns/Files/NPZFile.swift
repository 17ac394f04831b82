import Gatewise

/// A NumPy archive (`.npz`) open for reading: its list of arrays, and their elements on demand.
///
/// It is a ZIP file of `.npy` arrays, stored as by `numpy.savez` or deflated as by `numpy.savez_compressed`. Opening it
/// checks the directory and the header of every array; reading an array compares its checksum. Arrays may be in C or
/// Fortran order; tensors are row-major.
///
/// The arrays of a file together may be 12 MiB larger than the file: trained weights hardly compress, and without a
/// limit a file of a kilobyte could claim all memory.
public struct NPZFile: TensorFile {
  /// The path as given.
  public let path: String
  /// The text of the array `gatewise`, if Gatewise wrote the file.
  public let metadata: [String: String]
  /// The arrays in the order of writing, named without `.npy`.
  public let entries: [Entry]
  private let indices: [String: Int]
  private let archive: ZipArchive

  /// One array.
  public struct Entry: TensorEntry {
    /// The array's name, without `.npy`.
    public let name: String
    /// The type of its elements in the file.
    package var elementType: SafetensorsFile.ElementType { header.elementType }
    /// The array's shape.
    public var shape: [Int] { header.shape }
    let header: NumPyHeader
    fileprivate let member: ZipArchive.Member
  }

  /// The number of bytes by which the arrays may exceed the file.
  static let slack = 12 << 20
  /// The largest number of bytes of text.
  static let metadataLimit = 1 << 20

  /// Opens the file at `path` and checks its directory and the headers of its arrays.
  ///
  /// - Throws: `GatewiseError.file`, naming the array or the byte, if the file cannot be read, is not an archive of
  ///   arrays, is damaged, or its arrays are too large for it.
  public init(path: String) throws(GatewiseError) {
    let archive = try ZipArchive(path: path)
    try Self.checkSizes(of: archive)
    var entries: [Entry] = []
    for member in archive.members {
      guard member.name.hasSuffix(".npy"), member.name.count > 4 else {
        throw .file(
          path: path,
          problem: "holds \(quoted(member.name)), which is not an array (.npy); write the file with numpy.savez.")
      }
      let name = String(member.name.dropLast(4))
      let reader = try ZipMemberReader(member, of: archive)
      let header = try NumPyHeader(size: member.size, path: path, subject: "its array \(quoted(name)) ") {
        (buffer) throws(GatewiseError) in try reader.read(into: buffer)
      }
      entries.append(Entry(name: name, header: header, member: member))
    }
    var metadata: [String: String] = [:]
    if let index = entries.firstIndex(where: { $0.name == ModelMetadata.key && $0.elementType == .uint8 }) {
      guard entries[index].header.count <= Self.metadataLimit else {
        throw .file(
          path: path,
          problem:
            "has \(entries[index].header.count) bytes of text in its array \(quoted(ModelMetadata.key)), but at most "
            + "\(Self.metadataLimit) are allowed; store less.")
      }
      let bytes = try Self.read(entries[index], of: archive) { (header, reader) throws(GatewiseError) in
        try header.integers(read: reader)
      }
      metadata[ModelMetadata.key] = String(decoding: (bytes ?? []).map { UInt8($0) }, as: UTF8.self)
      entries.remove(at: index)
    }
    (self.path, self.archive, self.entries, self.metadata) = (path, archive, entries, metadata)
    indices = Dictionary(uniqueKeysWithValues: zip(entries.map(\.name), 0...))
  }

  private static func checkSizes(of archive: ZipArchive) throws(GatewiseError) {
    var rest = archive.file.size + slack
    for member in archive.members {
      guard member.size <= rest else {
        throw .file(
          path: archive.file.path,
          problem: "has \(archive.file.size) bytes, but its arrays with \(quoted(member.name)) would take more than "
            + "\(slack >> 20) MiB beyond that; save them with numpy.savez, without compression.")
      }
      rest -= member.size
    }
  }

  /// Returns the entry of the array `name`; nil if there is none.
  public subscript(name: String) -> Entry? { indices[name].map { entries[$0] } }

  /// Returns the array `name` with its elements converted to `S`: F16 and F32 widen exactly, F64 is rounded to the
  /// nearest `Float` if `S` is `Float`.
  ///
  /// - Throws: `GatewiseError.file` if there is no such array, it is not floating-point, or it is damaged.
  public func tensor<S: Scalar>(_ name: String, as type: S.Type) throws(GatewiseError) -> Tensor<S> {
    guard let entry = self[name] else { throw noTensor(name) }
    try checkRoom(for: entry, numberSize: MemoryLayout<S>.stride)
    let numbers = try Self.read(entry, of: archive) { (header, reader) throws(GatewiseError) in
      try header.numbers(as: S.self, read: reader)
    }
    guard let numbers else {
      throw problem(entry, expected: "floating-point numbers (F64, F32 or F16)")
    }
    return Tensor(checkedShape: entry.shape, elements: numbers)
  }

  /// Returns the elements of the integer array `name`; booleans give 0 and 1.
  ///
  /// - Throws: `GatewiseError.file` if there is no such array, it does not hold integers, one of them exceeds `Int`, or
  ///   it is damaged.
  public func integers(_ name: String) throws(GatewiseError) -> [Int] {
    guard let entry = self[name] else { throw noTensor(name) }
    try checkRoom(for: entry, numberSize: MemoryLayout<Int>.stride)
    guard entry.header.count <= (entry.member.range.count + Self.slack) / MemoryLayout<Int>.stride else {
      throw .file(
        path: path,
        problem: "array \(quoted(name)) has \(entry.header.count) whole numbers, too many to be lengths; save fewer, "
          + "or as 64-bit integers.")
    }
    let numbers = try Self.read(entry, of: archive) { (header, reader) throws(GatewiseError) in
      try header.integers(read: reader)
    }
    guard let numbers else {
      throw problem(entry, expected: "whole numbers (I64, I32, I16, I8, U64, U32, U16, U8 or BOOL)")
    }
    guard entry.elementType != .uint64 || !numbers.contains(where: { $0 < 0 }) else {
      throw .file(
        path: path, problem: "array \(quoted(name)) holds a number above \(Int.max), the largest that can be read.")
    }
    return numbers
  }

  // MARK: Details

  /// Rejects an array that is far larger in memory than in the file: small types widen, and zeros deflate to almost
  /// nothing.
  private func checkRoom(for entry: Entry, numberSize: Int) throws(GatewiseError) {
    guard entry.member.isDeflated, entry.header.count > 0 else { return }
    guard (Self.slack + 16 * entry.member.range.count) / numberSize >= entry.header.count else {
      throw .file(
        path: path,
        problem: "array \(quoted(entry.name)) has \(entry.header.count) numbers in \(entry.member.range.count) "
          + "compressed bytes; save it with numpy.savez, without compression.")
    }
  }

  private typealias Reader = (UnsafeMutableRawBufferPointer) throws(GatewiseError) -> Void

  /// Reads the numbers of an array, and checks that the array ends after them.
  private static func read<Result>(
    _ entry: Entry, of archive: ZipArchive,
    _ body: (NumPyHeader, Reader) throws(GatewiseError) -> Result?
  ) throws(GatewiseError) -> Result? {
    let reader = try ZipMemberReader(entry.member, of: archive)
    let head = UnsafeMutableRawBufferPointer.allocate(byteCount: entry.header.byteCount, alignment: 8)
    defer { head.deallocate() }
    try reader.read(into: head)
    let result = try body(entry.header) { (buffer) throws(GatewiseError) in try reader.read(into: buffer) }
    if result != nil { try reader.finish() }
    return result
  }

  private func problem(_ entry: Entry, expected: String) -> GatewiseError {
    .file(
      path: path,
      problem: "array \(quoted(entry.name)) has dtype \(entry.elementType.rawValue), but \(expected) are expected.")
  }
}

extension ModelFile {
  /// Opens a model in a NumPy archive, whose arrays are named as the tensors of a model file.
  ///
  /// - Parameter prefix: the prefix of the names of the LSTM to read; nil if the file has one LSTM.
  /// - Throws: `GatewiseError.file` as `init(contentsOf:)` of a safetensors file.
  public init(_ file: NPZFile, prefix: String? = nil) throws(GatewiseError) {
    try self.init(file as any TensorFile, prefix: prefix)
  }
}
