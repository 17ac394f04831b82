import Gatewise
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Buffered output of commands. A result that cannot be written, as on a full disk, is a failure.
///
/// If the reader closes the pipe, as `head` does, SIGPIPE ends the command without a message, as for other programs of
/// a shell. Progress of a run is not a result: `ProgressWriter` writes it, and a failed write does not end the run.
enum StandardOutput {
  private static let pending = Mutex<[UInt8]>([])
  private static let most = 1 << 16

  /// Prints text, followed by the terminator. The output is buffered unless it goes to a terminal.
  ///
  /// - Throws: `GatewiseError.file`.
  static func print(_ text: String, terminator: String = "\n") throws(GatewiseError) {
    try write(Array((text + terminator).utf8))
  }

  /// Prints bytes.
  ///
  /// - Throws: `GatewiseError.file`.
  static func write(_ bytes: [UInt8]) throws(GatewiseError) {
    let count = pending.withLock { pending in
      pending += bytes
      return pending.count
    }
    if count >= most || isatty(STDOUT_FILENO) == 1 { try flush() }
  }

  /// Writes the buffered output.
  ///
  /// - Throws: `GatewiseError.file`.
  static func flush() throws(GatewiseError) {
    let bytes = pending.withLock { pending in
      defer { pending = [] }
      return pending
    }
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { systemWrite(STDOUT_FILENO, $0.baseAddress! + sent, bytes.count - sent) }
      if count > 0 {
        sent += count
      } else if count == 0 || errno != EINTR {
        try check(count == 0 ? EIO : errno)
      }
    }
  }

  /// Checks that standard output is open, so that a long run does not fail at its end.
  ///
  /// - Throws: `GatewiseError.file` if it is closed.
  static func requireOpen() throws(GatewiseError) {
    if fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE == O_RDONLY { throw problem(EBADF) }
  }

  /// Ends the process by SIGPIPE if the reader has closed the pipe.
  ///
  /// - Parameter code: the `errno` of the failed write.
  /// - Throws: `GatewiseError.file` in all other cases.
  private static func check(_ code: Int32) throws(GatewiseError) {
    if code == EPIPE {
      // The parent process may have had the signal ignored.
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
      _exit(128 + SIGPIPE)
    }
    throw problem(code)
  }

  /// Checks that no progress lines of a run were lost. A closed pipe or terminal is not a failure.
  ///
  /// - Throws: `GatewiseError.file` for any other error code of a write.
  static func checkProgress(_ code: Int32?) throws(GatewiseError) {
    guard let code, code != EPIPE, code != EIO else { return }
    throw problem(code, "; progress lines of the run were lost, but its files were written")
  }

  private static func problem(_ code: Int32, _ rest: String = "") -> GatewiseError {
    let reason = code == EBADF ? "it is closed" : String(cString: strerror(code)).lowercased()
    return .file(path: "standard output", problem: "cannot be written to: \(reason)\(rest).")
  }
}

/// Calls the system's `write`, which the type's own `write` hides inside the type.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
