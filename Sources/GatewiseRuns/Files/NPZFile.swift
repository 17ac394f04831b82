import Gatewise

/// A NumPy archive (`.npz`) that is open for reading: what arrays it has, and their elements on demand.
///
/// It is a ZIP file of `.npy` arrays, stored as `numpy.savez` writes them or deflated as `numpy.savez_compressed` does.
/// Opening checks the directory and the head of every array; an array is read, and its checksum compared, when it is
/// asked for. Arrays may be in C or Fortran order; tensors are row-major.
///
/// The arrays of a file may together be 12 MiB larger than the file. Trained weights hardly shrink when deflated, and
/// nothing else keeps a file of a kilobyte from asking for all memory.
public struct NPZFile: TensorFile {
  /// The path as given.
  public let path: String
  /// The text of the array `gatewise`, where Gatewise wrote it.
  public let metadata: [String: String]
  /// What arrays there are, in the order of writing, named without `.npy`.
  public let entries: [Entry]
  private let indices: [String: Int]
  private let archive: ZipArchive

  /// One array.
  public struct Entry: TensorEntry {
    /// The array's name, without `.npy`.
    public let name: String
    /// The type of its elements in the file.
    public var elementType: SafetensorsFile.ElementType { header.elementType }
    /// Its extents.
    public var shape: [Int] { header.shape }
    let header: NumPyHeader
    fileprivate let member: ZipArchive.Member
  }

  /// How much larger than the file its arrays may be.
  static let slack = 12 << 20
  /// The most bytes of text.
  static let metadataLimit = 1 << 20

  /// Opens the file at `path` and checks its directory and the heads of its arrays.
  ///
  /// - Throws: `GatewiseError.file` where it cannot be read, is no archive of arrays or a damaged one, or its arrays
  ///   are too large for it; the sentence names the array or the byte.
  public init(path: String) throws(GatewiseError) {
    let archive = try ZipArchive(path: path)
    try Self.checkSizes(of: archive)
    var entries: [Entry] = []
    for member in archive.members {
      guard member.name.hasSuffix(".npy"), member.name.count > 4 else {
        throw .file(
          path: path,
          problem: "holds \(quoted(member.name)), which is no array (.npy); write the file with numpy.savez.")
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

  /// What the file says about the array `name`; nil where there is none.
  public subscript(name: String) -> Entry? { indices[name].map { entries[$0] } }

  /// The array `name`, its elements converted to `S`: F16 and F32 widen exactly, F64 is rounded to the nearest `Float`
  /// where `S` is that.
  ///
  /// - Throws: `GatewiseError.file` where there is no such array, it holds no floating-point numbers, or it is damaged.
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

  /// The elements of the array `name`, which holds whole numbers; truth values give 0 and 1.
  ///
  /// - Throws: `GatewiseError.file` where there is no such array, it holds no whole numbers, one of them is larger than
  ///   the largest `Int`, or it is damaged.
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
        path: path, problem: "array \(quoted(name)) holds a number above \(Int.max), the largest that is read.")
    }
    return numbers
  }

  // MARK: Details

  /// Refuses an array that is far larger in memory than in the file: small numbers widen, and zeros deflate to nothing.
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

  /// Reads the numbers of an array, and checks that they are all of it.
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
