import Foundation
import Gatewise

/// The bytes of a file, which the system reads when they are looked at and may forget again: a file takes no memory that
/// the process has to have, whatever its size.
///
/// What is written into the file meanwhile is seen. A file that is replaced under its name stays what it was. One that
/// becomes shorter has pages no more at its end, and looking at those ends the process: `checkLength()` before reading
/// turns that into an error, but for the moment between the two.
///
/// Files below 64 KiB are copied instead. A mapping takes an entry of a table of which a process has some 65,000, and
/// folders of sources have more files than that, all of them small.
final class MappedFile: @unchecked Sendable {
  // Sendable: the bytes are only read, and go away with the last reference.

  /// The path as given.
  let path: String
  /// All bytes, for as long as this object lives.
  let bytes: UnsafeRawBufferPointer
  private let identity: Identity?

  /// What says that a path still leads to the file that was mapped.
  private struct Identity: Equatable {
    let device: UInt64
    let inode: UInt64

    init(_ status: stat) { (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino)) }
  }

  /// Files from this many bytes on are mapped.
  static var leastMapped: Int { 64 << 10 }

  /// Opens the file at `path`; it takes the time of a few calls of the system, and no byte is read.
  ///
  /// - Throws: `GatewiseError.file` where it is missing, empty, no regular file or may not be read, and where the system
  ///   maps nothing more.
  init(path: String) throws(GatewiseError) {
    let file = try InputFile(path: path)
    self.path = path
    if file.size < Self.leastMapped {
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: file.size, alignment: 16)
      bytes = UnsafeRawBufferPointer(copy)
      identity = nil
      try file.read(into: copy, at: 0)
      return
    }
    var status = stat()
    let start = file.withDescriptor { descriptor -> UnsafeMutableRawPointer? in
      guard fstat(descriptor, &status) == 0 else { return nil }
      return mmap(nil, file.size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    }
    guard let start, start != MAP_FAILED else {
      throw .file(path: path, problem: "cannot be mapped into memory: \(String(cString: strerror(errno))).")
    }
    bytes = UnsafeRawBufferPointer(start: start, count: file.size)
    identity = Identity(status)
  }

  deinit {
    if identity == nil {
      bytes.deallocate()
    } else {
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }
  }

  /// Checks that every byte is still there. One call of the system, without allocation.
  ///
  /// - Throws: `GatewiseError.file` where the file has become shorter since it was opened.
  func checkLength() throws(GatewiseError) {
    guard let identity else { return }
    var status = stat()
    // A string that is handed to C without this is copied to the heap first.
    guard path.withCString({ stat($0, &status) }) == 0, Identity(status) == identity, status.st_size < bytes.count
    else {
      return
    }
    throw .file(
      path: path,
      problem: "became shorter while it was read: it had \(bytes.count) bytes and has \(status.st_size). Leave the "
        + "file alone during a run, and begin again.")
  }

  /// How the bytes will be looked at, so that the system reads ahead as much as is good.
  enum Access {
    /// From the first to the last, once.
    case once
    /// At several places that each go forward.
    case streams
  }

  /// Tells the system what to expect.
  func expect(_ access: Access) {
    guard identity != nil else { return }
    _ = madvise(
      UnsafeMutableRawPointer(mutating: bytes.baseAddress!), bytes.count,
      access == .once ? MADV_SEQUENTIAL : MADV_NORMAL)
  }

  /// Gives back the pages that lie whole in a range, whose bytes are read from the file again when they are wanted.
  func release(_ range: Range<Int>) {
    guard identity != nil else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let first = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound == bytes.count ? range.upperBound : range.upperBound / page * page
    guard first < end else { return }
    _ = madvise(UnsafeMutableRawPointer(mutating: bytes.baseAddress! + first), end - first, MADV_DONTNEED)
  }
}
