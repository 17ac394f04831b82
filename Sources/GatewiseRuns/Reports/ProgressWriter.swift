import Foundation

/// Shows the progress of a run: a line that is overwritten on a terminal, or plain lines at intervals elsewhere.
///
/// Copies share one output and know of each other's lines; each of several threads may have its own copy.
public struct ProgressWriter: Sendable {
  private let handle: FileHandle
  private let isTerminal: Bool
  private let interval: Double
  private let screen = Screen()

  /// The state of the output. Sendable: `lock` guards all of it.
  private final class Screen: @unchecked Sendable {
    let lock = NSLock()
    var shownAt: ContinuousClock.Instant?
    /// Whether the progress bar is on the last line.
    var hasOpenLine = false
    var failure: Int32?
  }

  /// Creates a writer to a file handle.
  ///
  /// - Parameters:
  ///   - handle: The output.
  ///   - isTerminal: Whether to draw a bar that is overwritten; nil asks the handle.
  ///   - interval: The seconds between two lines if the output is not a terminal. A bar is drawn ten times per second.
  public init(to handle: FileHandle = .standardOutput, isTerminal: Bool? = nil, interval: Double = 10) {
    self.handle = handle
    self.isTerminal = isTerminal ?? (isatty(handle.fileDescriptor) == 1)
    self.interval = interval
  }

  /// Shows the progress of the run, unless it was shown a moment ago.
  ///
  /// - Parameter always: Whether to show it in any case: at a validation and at the end.
  public mutating func show(_ progress: RunProgress, always: Bool = false) {
    screen.lock.withLock {
      let now = ContinuousClock.now
      if !always, let shownAt = screen.shownAt, now - shownAt < .seconds(isTerminal ? 0.1 : interval) { return }
      screen.shownAt = now
      // Return to the first column, write the line, and erase the rest of a longer one.
      put(isTerminal ? "\r" + progress.bar(width: columns) + "\u{1B}[K" : progress.plainLine + "\n")
      screen.hasOpenLine = isTerminal
    }
  }

  /// Writes a line; the bar is drawn again below it.
  public mutating func message(_ line: String) {
    screen.lock.withLock {
      put((screen.hasOpenLine ? "\r\u{1B}[K" : "") + line + "\n")
      screen.hasOpenLine = false
    }
  }

  /// Ends the line of the bar, so that the next output begins on a new line.
  public mutating func finish() {
    screen.lock.withLock {
      if screen.hasOpenLine { put("\n") }
      screen.hasOpenLine = false
    }
  }

  /// One column less than the terminal's width: a full line makes some terminals scroll.
  private var columns: Int {
    var size = winsize()
    guard ioctl(handle.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 79 }
    return Int(size.ws_col) - 1
  }

  /// The error (`errno`) of the first write that failed; nil if all lines were written. A lost line does not stop a
  /// run.
  public var failure: Int32? { screen.lock.withLock { screen.failure } }

  private func put(_ text: String) {
    do { try handle.write(contentsOf: Data(text.utf8)) } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      screen.failure = screen.failure ?? Int32(cause?.code ?? Int(EIO))
    }
  }
}
