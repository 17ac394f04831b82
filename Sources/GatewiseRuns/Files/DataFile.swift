import Foundation
import Gatewise
import Synchronization

/// A file that is read in pieces at any position, for as long as a run lasts.
///
/// Nothing is mapped into memory: an access to a mapped page that the file has lost ends the process, however recently
/// its length was checked, whereas a read that finds too few bytes is an ordinary error.
///
/// Files below 64 KiB are read at once and kept: folders of source code have many of them. Larger ones stay open, so
/// that a file that is replaced under its name does not change. If too many are open, they are reopened for every read,
/// and a replaced file is an error.
final class DataFile: @unchecked Sendable {
  // Sendable: nothing in it changes, and `memory` is freed with the last reference.

  /// The path as given.
  let path: String
  /// The length in bytes at the time of opening.
  let size: Int
  /// All bytes, if they are kept in memory.
  let memory: UnsafeRawBufferPointer?
  private let access: Access

  private enum Access {
    case memory
    case open(InputFile)
    case closed(FileIdentity)
  }

  /// Returns the identity by which a replaced file is recognized.
  private static func identity(of file: InputFile) throws(GatewiseError) -> FileIdentity {
    guard let identity = file.withDescriptor(FileIdentity.init(descriptor:)) else {
      throw .file(path: file.path, problem: "cannot be read: \(String(cString: strerror(errno)).lowercased()).")
    }
    return identity
  }

  /// Files of fewer bytes are kept in memory.
  static var leastRead: Int { 64 << 10 }

  /// Opens the file at `path`.
  ///
  /// - Parameters:
  ///   - path: A regular file.
  ///   - staysInMemory: Whether the whole file is read now, whatever its size.
  ///   - openLimit: How many files may stay open at once.
  /// - Throws: `GatewiseError.file` if it is missing, empty, not a regular file, unreadable or becomes shorter.
  init(path: String, staysInMemory: Bool = false, openLimit: Int = DataFile.usualOpenLimit) throws(GatewiseError) {
    let file = try InputFile(path: path)
    (self.path, size) = (path, file.size)
    if staysInMemory || file.size < Self.leastRead {
      if staysInMemory { try MemoryLimit.require(bytes: Double(file.size), toRead: path) }
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: file.size, alignment: 16)
      do throws(GatewiseError) { try file.read(into: copy, at: 0) } catch {
        copy.deallocate()
        throw error
      }
      (memory, access) = (UnsafeRawBufferPointer(copy), .memory)
      return
    }
    memory = nil
    if Self.openCount.add(1, ordering: .relaxed).newValue <= openLimit {
      access = .open(file)
    } else {
      Self.openCount.subtract(1, ordering: .relaxed)
      access = .closed(try Self.identity(of: file))
    }
  }

  deinit {
    memory?.deallocate()
    if case .open = access { Self.openCount.subtract(1, ordering: .relaxed) }
  }

  /// Fills `buffer` with the bytes from `offset` on.
  ///
  /// - Precondition: The bytes lie inside `0..<size`.
  /// - Throws: `GatewiseError.file` if the disk fails, the file has become shorter, or was replaced.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(GatewiseError) {
    switch access {
    case .memory: buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory![offset..<offset + buffer.count]))
    case .open(let file): try file.read(into: buffer, at: offset)
    case .closed(let identity):
      let file = try InputFile(path: path)
      guard try Self.identity(of: file) == identity, file.size >= size else {
        throw .file(
          path: path,
          problem: "became shorter or was replaced while it was read; leave the file alone during a run, "
            + "and start again.")
      }
      try file.read(into: buffer, at: offset)
    }
  }

  private static let openCount = Atomic(0)

  /// Half of the process's limit of descriptors; the other half is for everything else.
  static let usualOpenLimit: Int = {
    var limit = rlimit()
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    guard getrlimit(resource, &limit) == 0 else { return 100 }
    return Int(min(limit.rlim_cur, 1 << 20)) / 2
  }()
}
