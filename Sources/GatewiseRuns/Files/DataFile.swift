import Foundation
import Gatewise
import Synchronization

/// A file whose bytes are read in pieces, at any place, for as long as a run lasts.
///
/// Nothing is mapped into memory. A look at a mapped page that the file has lost ends the process, however shortly before
/// its length was checked; a read that finds too few bytes is an error in one sentence.
///
/// Files below 64 KiB are read at once and kept: folders of sources have many, all of them small. Larger ones stay open,
/// so that a file that is replaced under its name stays what it was. Where so many are open that descriptors run short,
/// they are opened again for every read, and a file that was replaced is an error.
final class DataFile: @unchecked Sendable {
  // Sendable: nothing of it ever changes, and `memory` goes away with the last reference.

  /// The path as given.
  let path: String
  /// The length in bytes at the time of opening.
  let size: Int
  /// All bytes, where they are kept.
  let memory: UnsafeRawBufferPointer?
  private let access: Access

  private enum Access {
    case memory
    case open(InputFile)
    case closed(FileIdentity)
  }

  /// What says whether a path still leads to the file that was opened.
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
  ///   - staysInMemory: Whether all of it is read now, whatever its size.
  ///   - openLimit: How many files may stay open at once.
  /// - Throws: `GatewiseError.file` where it is missing, empty, no regular file, may not be read or becomes shorter.
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

  /// Fills `buffer` with the bytes that begin at `offset`.
  ///
  /// - Precondition: They lie inside `0..<size`.
  /// - Throws: `GatewiseError.file` where the disk fails, the file has become shorter, or is no longer the same.
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
            + "and begin again.")
      }
      try file.read(into: buffer, at: offset)
    }
  }

  private static let openCount = Atomic(0)

  /// Half of the descriptors that the process may have; the other half is for all else.
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
