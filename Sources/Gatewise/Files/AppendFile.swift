#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that a run appends to and that can be read at any time.
///
/// Appended bytes have been passed to the system when the call returns, so that a killed program loses none of them;
/// they are not synced to the disk, so that a power failure may lose them. A partly written append is removed again.
package final class AppendFile {
  /// The path as given.
  package let path: String
  /// The length in bytes.
  package private(set) var count: Int
  private let descriptor: Int32

  /// Opens the file at `path`.
  ///
  /// - Parameter keeping: The number of bytes of an existing file to keep; the rest is truncated. A missing file is
  ///   created. Nil requires a new file.
  /// - Throws: `GatewiseError.file` if the file cannot be created or written, or is not a regular file; if it already
  ///   exists and `keeping` is nil.
  package init(path: String, keeping: Int?) throws(GatewiseError) {
    try FileProblem.checkPath(path)
    // O_NONBLOCK: opening a pipe without a reader would wait forever; it has no effect on a regular file.
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK
    let descriptor = open(path, keeping == nil ? flags | O_EXCL : flags, 0o666)
    guard descriptor >= 0 else {
      // ENXIO is the error of a pipe without a reader.
      if errno == ENXIO { throw Self.noRegularFile(path) }
      throw FileProblem.writing(path, code: errno)
    }
    self.path = path
    self.descriptor = descriptor
    count = keeping ?? 0
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileProblem.writing(path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw Self.noRegularFile(path) }
    precondition(count <= Int(status.st_size), "keeping \(count) of the \(status.st_size) bytes of \(path)")
    guard ftruncate(descriptor, off_t(count)) == 0 else { throw FileProblem.writing(path, code: errno) }
  }

  deinit { close(descriptor) }

  /// Appends `bytes`, all or none.
  ///
  /// - Throws: `GatewiseError.file` if writing fails: no space, a file-size limit, a failing disk.
  package func append(_ bytes: [UInt8]) throws(GatewiseError) {
    do throws(GatewiseError) {
      try AtomicFile.Writer(descriptor: descriptor, path: path).write(bytes)
    } catch {
      ftruncate(descriptor, off_t(count))
      throw error
    }
    count += bytes.count
  }

  private static func noRegularFile(_ path: String) -> GatewiseError {
    .file(path: path, problem: "is a device or a pipe; name a regular file to write.")
  }
}
