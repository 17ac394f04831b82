#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A regular file that is open for reading; reads never exceed its size.
///
/// Reads are positioned, so that several threads may read a file at once. If the file is replaced meanwhile, the old
/// file is read.
package final class InputFile: Sendable {
  /// The path as given, for messages.
  package let path: String
  /// The length in bytes at the time of opening.
  package let size: Int
  private let descriptor: Int32

  /// Opens the file at `path`.
  ///
  /// - Throws: `GatewiseError.file` if it is missing, empty, a folder, a device or a pipe, or cannot be read.
  package init(path: String) throws(GatewiseError) {
    try FileProblem.checkPath(path)
    // O_NONBLOCK: opening a pipe without a writer would wait forever; it has no effect on a regular file.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileProblem.reading(path, code: errno) }
    self.path = path
    self.descriptor = descriptor
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      self.size = 0
      throw FileProblem.reading(path, code: errno)
    }
    self.size = Int(status.st_size)
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw FileProblem.reading(path, code: EISDIR) }
    guard kind == S_IFREG else {
      throw .file(path: path, problem: "is a device or a pipe; name a regular file.")
    }
    guard size > 0 else { throw .file(path: path, problem: "the file is empty; check how it was written.") }
  }

  deinit { close(descriptor) }

  /// Calls `body` with the file descriptor, which is valid only as long as this object.
  package func withDescriptor<Result, Failure: Error>(
    _ body: (Int32) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(descriptor)
  }

  /// Fills `buffer` with the bytes from `offset` on.
  ///
  /// - Precondition: `offset` + the buffer's size is at most `size`.
  /// - Throws: `GatewiseError.file` if reading fails or the file has become shorter since it was opened.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(GatewiseError) {
    precondition(offset >= 0 && buffer.count <= size - offset, "reading past the end of \(path)")
    var done = 0
    while done < buffer.count {
      let wanted = min(buffer.count - done, 1 << 30)
      let count = pread(descriptor, buffer.baseAddress! + done, wanted, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileProblem.reading(path, code: errno) }
      guard count > 0 else {
        throw .file(path: path, problem: "became shorter while it was read; wait until it is written and try again.")
      }
      done += count
    }
  }

  /// Returns the bytes in `range`.
  ///
  /// - Precondition: `range` is within the file.
  /// - Throws: as `read(into:at:)`.
  package func bytes(in range: Range<Int>) throws(GatewiseError) -> [UInt8] {
    try readArray(of: UInt8.self, count: range.count, at: range.lowerBound)
  }

  /// Returns all bytes of the file.
  ///
  /// - Parameter limit: The maximum number of bytes.
  /// - Throws: `GatewiseError.file` if the file is longer than `limit`, or as `read(into:at:)`.
  package func readAll(limit: Int = .max) throws(GatewiseError) -> [UInt8] {
    guard size <= limit else {
      throw .file(path: path, problem: "has \(size) bytes, but at most \(limit) are expected; check the path.")
    }
    return try bytes(in: 0..<size)
  }

  /// Reads `count` contiguous elements from `offset` on, in their format in memory.
  func readArray<Element: BitwiseCopyable>(
    of type: Element.Type, count: Int, at offset: Int
  ) throws(GatewiseError) -> [Element] {
    try MemoryLimit.require(bytes: Double(count) * Double(MemoryLayout<Element>.stride), toRead: path)
    var failure: GatewiseError?
    let array = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(GatewiseError) {
        let bytes = UnsafeMutableRawBufferPointer(
          start: buffer.baseAddress, count: count * MemoryLayout<Element>.stride)
        try read(into: bytes, at: offset)
        initialized = count
      } catch { failure = error }
    }
    if let failure { throw failure }
    return array
  }
}
