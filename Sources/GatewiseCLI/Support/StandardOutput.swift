import Gatewise
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What commands print. Results that do not arrive, as on a full disk, are a failure.
///
/// A reader that goes away, as `head` does when it has enough, ends the command without a word, by SIGPIPE as it ends other
/// programs of a shell. Progress of a run is no result: its lines go by `ProgressWriter`, and none of them ends a run.
enum StandardOutput {
  private static let pending = Mutex<[UInt8]>([])
  private static let most = 1 << 16

  /// Prints a line, or with another end what comes before it. It is sent at once on a terminal, elsewhere with others.
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

  /// Sends on what has been printed so far.
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

  /// Checks that there is a standard output: what runs for hours should not find out at its end.
  ///
  /// - Throws: `GatewiseError.file` where it was closed.
  static func requireOpen() throws(GatewiseError) {
    if fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE == O_RDONLY { throw problem(EBADF) }
  }

  /// Ends the process where its reader has gone away.
  ///
  /// - Parameter code: what the system said to a write that failed.
  /// - Throws: `GatewiseError.file` in all other cases.
  private static func check(_ code: Int32) throws(GatewiseError) {
    if code == EPIPE {
      // Who has started this program may have it ignore the signal.
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
      _exit(128 + SIGPIPE)
    }
    throw problem(code)
  }

  /// What to say where lines of a run's progress were lost; a reader or a terminal that has gone away is no failure.
  static func checkProgress(_ code: Int32?) throws(GatewiseError) {
    guard let code, code != EPIPE, code != EIO else { return }
    throw problem(code, "; lines of the run's progress are lost, its files are written")
  }

  private static func problem(_ code: Int32, _ rest: String = "") -> GatewiseError {
    let reason = code == EBADF ? "it is closed" : String(cString: strerror(code)).lowercased()
    return .file(path: "standard output", problem: "cannot be written to: \(reason)\(rest).")
  }
}

/// Inside the type its own `write` would be meant.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
