#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that grows at its end while a run goes on, and that can be read at any moment.
///
/// What has been appended is with the system when the call returns, so that a program that is killed loses none of it;
/// nothing is synced to the disk, so a machine that loses power may. What cannot be appended as a whole is taken away
/// again.
package final class AppendFile {
  /// The path as given.
  package let path: String
  /// The length in bytes.
  package private(set) var count: Int
  private let descriptor: Int32

  /// Opens the file at `path`.
  ///
  /// - Parameter keeping: How many bytes of the file that is there stay, the others are cut off; a file that is not
  ///   there is made. Nil makes a new file, where there is none.
  /// - Throws: `GatewiseError.file` where the file cannot be made or written, or is no regular file; where it is there
  ///   already, if it was to be new.
  package init(path: String, keeping: Int?) throws(GatewiseError) {
    try FileProblem.checkPath(path)
    // O_NONBLOCK: opening a pipe that nobody reads from would wait forever; a regular file does not care.
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK
    let descriptor = open(path, keeping == nil ? flags | O_EXCL : flags, 0o666)
    guard descriptor >= 0 else {
      // What a pipe without a reader says.
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
  /// - Throws: `GatewiseError.file` where the system refuses them: no space, a file-size limit, a failing disk.
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
