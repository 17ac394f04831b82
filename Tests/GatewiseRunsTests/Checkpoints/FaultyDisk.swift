import Foundation
import Synchronization

@testable import Gatewise

/// A disk that fails at one of the calls that write a file.
final class FaultyDisk: Sendable {
  enum Fault: CaseIterable, Sendable {
    /// Fewer bytes are written than requested, without an error.
    case shortWrite
    /// The disk is full.
    case full
    /// The disk fails.
    case broken
    /// The machine stops: later calls have no effect, and nothing is cleaned up.
    case crash
  }

  private let fault: Fault
  /// The number of calls before the fault; negative after it.
  private let left: Mutex<Int>

  /// - Parameter call: The call that fails, counted from 0.
  init(_ fault: Fault, at call: Int) {
    self.fault = fault
    left = Mutex(call)
  }

  /// Whether the fault has occurred.
  var hasFailed: Bool { left.withLock { $0 < 0 } }

  /// Whether this call fails; a stopped machine does nothing more.
  private func fails() -> Bool {
    left.withLock { left in
      defer { left -= 1 }
      return left == 0 || (left < 0 && fault == .crash)
    }
  }

  private func result(_ call: () -> Int32) -> Int32 {
    guard fails(), fault != .shortWrite else { return call() }
    errno = fault == .full ? ENOSPC : EIO
    return -1
  }

  /// The system calls of this disk.
  var calls: FileSystemCalls {
    let real = FileSystemCalls.real
    return FileSystemCalls(
      write: { [self] descriptor, bytes in
        guard fails() else { return real.write(descriptor, bytes) }
        // Some of the bytes are always written.
        let some = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)])
        let written = real.write(descriptor, some)
        if fault == .shortWrite, bytes.count > 1 { return written }
        if fault == .shortWrite { return real.write(descriptor, bytes) }
        errno = fault == .full ? ENOSPC : EIO
        return -1
      },
      sync: { [self] descriptor in result { real.sync(descriptor) } },
      close: { [self] descriptor in
        // A descriptor that stayed open would be lost to later calls.
        let closed = real.close(descriptor)
        return result { closed }
      },
      rename: { [self] from, to in result { real.rename(from, to) } },
      remove: { [self] path in
        if fault == .crash, hasFailed { return -1 }
        return real.remove(path)
      })
  }
}
