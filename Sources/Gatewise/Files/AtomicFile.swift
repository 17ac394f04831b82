#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Atomic writing of files: a reader finds either the old bytes or the new ones.
///
/// The bytes are written to a temporary file in the same folder, which is synced to the disk and then renamed to the
/// path. If any step fails (a full disk, a file-size limit, a folder at the path), the temporary file is removed and an
/// existing file is unchanged.
package enum AtomicFile {
  /// A writer of the bytes of one file, in order and in any number of pieces.
  package struct Writer: ~Copyable {
    let descriptor: Int32
    let path: String

    /// Appends `bytes`.
    ///
    /// - Throws: `GatewiseError.file` if writing fails: no space, a file-size limit, a failing disk.
    package borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(GatewiseError) {
      var rest = bytes[...]
      while !rest.isEmpty {
        let (written, code) = withFileSizeSignalHeld {
          let written = FileSystemCalls.current.write(descriptor, UnsafeRawBufferPointer(rebasing: rest))
          return (written, written < 0 ? errno : 0)
        }
        if written < 0 && code == EINTR { continue }
        guard written > 0 else { throw FileProblem.writing(path, code: written < 0 ? code : EIO) }
        rest = rest.dropFirst(written)
      }
    }

    /// Appends `bytes`.
    ///
    /// - Throws: as `write(_:)` of a raw buffer.
    package borrowing func write(_ bytes: [UInt8]) throws(GatewiseError) {
      var failure: GatewiseError?
      bytes.withUnsafeBytes { buffer in
        do throws(GatewiseError) { try write(buffer) } catch { failure = error }
      }
      if let failure { throw failure }
    }

    /// Appends `text` in UTF-8.
    ///
    /// - Throws: as `write(_:)` of a raw buffer.
    package borrowing func write(_ text: String) throws(GatewiseError) {
      try write(Array(text.utf8))
    }
  }

  /// Writes the bytes that `body` passes to its writer as the file at `path`.
  ///
  /// A symbolic link is followed: the file it points to is replaced and the link stays. The permissions of an existing
  /// file are kept.
  ///
  /// - Throws: `GatewiseError.file` that names `path`, and the errors of `body`; in both cases nothing is changed,
  ///   except if the folder cannot be synced after the renaming: then the new file is already in place.
  package static func write(
    to path: String, _ body: (borrowing Writer) throws(GatewiseError) -> Void
  ) throws(GatewiseError) {
    let (target, calls) = (try Target(path), FileSystemCalls.current)
    let (descriptor, temporary) = try openTemporary(for: target)
    do throws(GatewiseError) {
      do throws(GatewiseError) {
        if let permissions = target.permissions { fchmod(descriptor, permissions) }
        try body(Writer(descriptor: descriptor, path: path))
        guard calls.sync(descriptor) == 0 else { throw FileProblem.writing(path, code: errno) }
      } catch {
        _ = calls.close(descriptor)
        throw error
      }
      guard calls.close(descriptor) == 0 else { throw FileProblem.writing(path, code: errno) }
      guard calls.rename(temporary, target.resolvedPath) == 0 else { throw FileProblem.writing(path, code: errno) }
    } catch {
      _ = calls.remove(temporary)
      throw error
    }
    try syncFolder(target.folder, of: path)
  }

  /// Writes `bytes` as the file at `path`.
  ///
  /// - Throws: as `write(to:_:)` of a closure.
  package static func write(_ bytes: [UInt8], to path: String) throws(GatewiseError) {
    try write(to: path) { writer throws(GatewiseError) in try writer.write(bytes) }
  }

  /// Writes `text` in UTF-8 as the file at `path`.
  ///
  /// - Throws: as `write(to:_:)` of a closure.
  package static func write(_ text: String, to path: String) throws(GatewiseError) {
    try write(Array(text.utf8), to: path)
  }

  /// Removes the temporary files that killed processes have left in a folder.
  package static func removeLeftovers(in folder: String) {
    guard let directory = opendir(folder) else { return }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasPrefix(temporaryStart), name.hasSuffix(temporaryEnd),
        let process = name.dropFirst(temporaryStart.count).split(separator: "-").first.flatMap({ Int32($0) }),
        process != getpid(), kill(process, 0) != 0, errno == ESRCH
      else { continue }
      unlink("\(folder)/\(name)")
    }
  }

  private static let temporaryStart = ".gatewise-"
  private static let temporaryEnd = ".tmp"

  private static func openTemporary(for target: Target) throws(GatewiseError) -> (Int32, String) {
    // O_EXCL makes the name unique; an existing file belongs to another writer or to a killed one.
    for attempt in 0..<10_000 {
      let name = "\(target.folder)/\(temporaryStart)\(getpid())-\(attempt)\(temporaryEnd)"
      let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 { return (descriptor, name) }
      guard errno == EEXIST || errno == EINTR else { throw FileProblem.writing(target.path, code: errno) }
    }
    throw .file(
      path: target.path,
      problem:
        "the folder \(target.folder) has too many leftover files named .gatewise-*.tmp; delete them and try again.")
  }

  private static func syncFolder(_ folder: String, of path: String) throws(GatewiseError) {
    // A folder with write but no read permission cannot be opened here, and some file systems refuse to sync a folder
    // (EINVAL); the file is renamed in both cases.
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard FileSystemCalls.current.sync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
      throw .file(path: path, problem: "was written, but its folder could not be synced to the disk; save it again.")
    }
  }
}

extension AtomicFile {
  /// The target of the bytes, determined before any of them is written.
  private struct Target {
    let path: String
    /// The path with symbolic links followed.
    let resolvedPath: String
    let folder: String
    /// The permissions of the existing file, nil if there is none.
    let permissions: mode_t?

    init(_ path: String) throws(GatewiseError) {
      try FileProblem.checkPath(path)
      self.path = path
      var status = stat()
      if stat(path, &status) == 0 {
        try Self.checkReplaceable(path, status)
        self.permissions = status.st_mode & 0o777
        self.resolvedPath = Self.followingLinks(path)
      } else {
        guard errno == ENOENT else { throw FileProblem.writing(path, code: errno) }
        self.permissions = nil
        self.resolvedPath = path
      }
      self.folder = FileProblem.folder(of: resolvedPath)
    }

    private static func checkReplaceable(_ path: String, _ status: stat) throws(GatewiseError) {
      let kind = status.st_mode & S_IFMT
      guard kind != S_IFDIR else { throw FileProblem.writing(path, code: EISDIR) }
      guard kind == S_IFREG else {
        throw .file(path: path, problem: "is a device or a pipe; name a regular file to write.")
      }
      // rename() would replace a read-only file without asking.
      guard access(path, W_OK) == 0 else { throw FileProblem.writing(path, code: errno) }
    }

    private static func followingLinks(_ path: String) -> String {
      guard let resolved = realpath(path, nil) else { return path }
      defer { free(resolved) }
      return String(cString: resolved)
    }
  }
}
