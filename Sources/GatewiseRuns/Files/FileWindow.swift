import Foundation
import Gatewise

/// Room for a piece of a file. Belongs to one reader at a time.
final class FileBuffer: @unchecked Sendable {
  // Sendable: whoever has taken it out of `FileBuffers` has it alone.

  private(set) var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { bytes.deallocate() }

  /// Makes room for at least `count` bytes, keeping the first `kept`.
  func reserve(_ count: Int, keeping kept: Int) {
    guard count > bytes.count else { return }
    // Twice as much each time, so that what is kept is copied once on average.
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count, min(2 * bytes.count, 1 << 20), 1 << 16), alignment: 16)
    if kept > 0 { larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<kept])) }
    bytes.deallocate()
    bytes = larger
  }
}

/// Buffers that are lent and taken back, so that reading allocates nothing in the steady state.
final class FileBuffers: @unchecked Sendable {
  // Sendable: `free` is used by the holder of `lock` alone. A lock that the thread sanitizer knows, as a `Mutex` is not.

  private let lock = NSLock()
  private var free: [FileBuffer] = []

  /// Buffers of which one is ready.
  init() {
    let first = FileBuffer()
    first.reserve(1, keeping: 0)
    free.reserveCapacity(8)
    free.append(first)
  }

  /// Lends a buffer for the time of `body`.
  func withBuffer<Result, Failure: Error>(
    _ body: (FileBuffer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let buffer = lock.withLock { free.popLast() } ?? FileBuffer()
    defer { lock.withLock { free.append(buffer) } }
    return try body(buffer)
  }
}

/// The part of a file that can be looked at: all of it where it is in memory, else a piece in a buffer.
struct FileWindow {
  /// The bytes there are.
  private(set) var bytes: UnsafeRawBufferPointer
  /// The place of the first of them in the file.
  private(set) var start = 0
  /// The place behind the last of them.
  var end: Int { start + bytes.count }
  /// The file.
  let file: DataFile
  private let buffer: FileBuffer

  /// Bytes that are read at once where many are wanted.
  static var piece: Int { 1 << 18 }

  /// A window of which nothing can be seen yet, unless the file is in memory.
  init(_ file: DataFile, _ buffer: FileBuffer) {
    (self.file, self.buffer) = (file, buffer)
    bytes = file.memory ?? UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// Moves the window to begin at `offset`, with `count` bytes or those up to the end of the file. What can be seen of
  /// them already is not read again.
  ///
  /// - Precondition: `offset` lies inside the file.
  /// - Throws: `GatewiseError.file` where the file has become shorter; nothing can be seen then.
  mutating func move(to offset: Int, count: Int) throws(GatewiseError) {
    guard file.memory == nil else { return }
    let count = min(count, file.size - offset)
    let kept = offset >= start && offset < end ? min(end - offset, count) : 0
    if kept > 0, offset > start {
      buffer.bytes.baseAddress!.copyMemory(from: bytes.baseAddress! + (offset - start), byteCount: kept)
    }
    (bytes, start) = (UnsafeRawBufferPointer(start: nil, count: 0), offset)
    buffer.reserve(count, keeping: kept)
    try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[kept..<count]), at: offset + kept)
    bytes = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count])
  }
}
