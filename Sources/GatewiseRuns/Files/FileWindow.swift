import Foundation
import Gatewise

/// A buffer for a piece of a file. Used by one reader at a time.
final class FileBuffer: @unchecked Sendable {
  // Sendable: a buffer taken out of `FileBuffers` has one owner.

  private(set) var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { bytes.deallocate() }

  /// Grows the buffer to at least `count` bytes, keeping the first `kept`.
  func reserve(_ count: Int, keeping kept: Int) {
    guard count > bytes.count else { return }
    // Doubling copies each kept byte once on average.
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count, min(2 * bytes.count, 1 << 20), 1 << 16), alignment: 16)
    if kept > 0 { larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<kept])) }
    bytes.deallocate()
    bytes = larger
  }
}

/// A pool of buffers, so that reading allocates nothing in the steady state.
final class FileBuffers: @unchecked Sendable {
  // Sendable: `lock` guards `free`. The thread sanitizer knows an NSLock, but not a Mutex.

  private let lock = NSLock()
  private var free: [FileBuffer] = []

  /// Creates a pool with one buffer.
  init() {
    let first = FileBuffer()
    first.reserve(1, keeping: 0)
    free.reserveCapacity(8)
    free.append(first)
  }

  /// Lends a buffer for the duration of `body`.
  func withBuffer<Result, Failure: Error>(
    _ body: (FileBuffer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let buffer = lock.withLock { free.popLast() } ?? FileBuffer()
    defer { lock.withLock { free.append(buffer) } }
    return try body(buffer)
  }
}

/// The visible part of a file: all of it if it is in memory, else a piece in a buffer.
struct FileWindow {
  /// The visible bytes.
  private(set) var bytes: UnsafeRawBufferPointer
  /// The offset of the first visible byte in the file.
  private(set) var start = 0
  /// The offset after the last visible byte.
  var end: Int { start + bytes.count }
  /// The file.
  let file: DataFile
  private let buffer: FileBuffer

  /// The size of a piece when many bytes are read.
  static var piece: Int { 1 << 18 }

  /// Creates a window that shows nothing yet, unless the file is in memory.
  init(_ file: DataFile, _ buffer: FileBuffer) {
    (self.file, self.buffer) = (file, buffer)
    bytes = file.memory ?? UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// Moves the window to begin at `offset`, with `count` bytes or those up to the end of the file. Bytes that are
  /// visible already are not read again.
  ///
  /// - Precondition: `offset` lies inside the file.
  /// - Throws: `GatewiseError.file` if the file has become shorter; the window is then empty.
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
