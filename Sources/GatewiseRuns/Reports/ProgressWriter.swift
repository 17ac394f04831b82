import Foundation

/// Shows the progress of a run: one line that is overwritten on a terminal, plain lines now and then elsewhere.
///
/// Copies write to one place and know of each other's lines; several threads may have one each.
public struct ProgressWriter: Sendable {
  private let handle: FileHandle
  private let isTerminal: Bool
  private let interval: Double
  private let screen = Screen()

  /// What was written last. Sendable: `lock` guards all of it.
  private final class Screen: @unchecked Sendable {
    let lock = NSLock()
    var shownAt: ContinuousClock.Instant?
    /// Whether the bar stands on the last line.
    var hasOpenLine = false
    var failure: Int32?
  }

  /// A writer to a file handle.
  ///
  /// - Parameters:
  ///   - handle: Where the lines go.
  ///   - isTerminal: Whether to draw a bar that is overwritten; found out from the handle when nil.
  ///   - interval: The seconds between two lines where there is no terminal. A bar is drawn ten times a second.
  public init(to handle: FileHandle = .standardOutput, isTerminal: Bool? = nil, interval: Double = 10) {
    self.handle = handle
    self.isTerminal = isTerminal ?? (isatty(handle.fileDescriptor) == 1)
    self.interval = interval
  }

  /// Shows a state of the run, unless the last one was shown a moment ago.
  ///
  /// - Parameter always: Show it whatever the time: at a validation and at the end.
  public mutating func show(_ progress: RunProgress, always: Bool = false) {
    screen.lock.withLock {
      let now = ContinuousClock.now
      if !always, let shownAt = screen.shownAt, now - shownAt < .seconds(isTerminal ? 0.1 : interval) { return }
      screen.shownAt = now
      // Back to the first column, the line, and what was longer before is erased.
      put(isTerminal ? "\r" + progress.bar(width: columns) + "\u{1B}[K" : progress.plainLine + "\n")
      screen.hasOpenLine = isTerminal
    }
  }

  /// Writes a line of its own; the bar comes again below it.
  public mutating func message(_ line: String) {
    screen.lock.withLock {
      put((screen.hasOpenLine ? "\r\u{1B}[K" : "") + line + "\n")
      screen.hasOpenLine = false
    }
  }

  /// Ends the line of the bar, so that what comes next begins on a new one.
  public mutating func finish() {
    screen.lock.withLock {
      if screen.hasOpenLine { put("\n") }
      screen.hasOpenLine = false
    }
  }

  /// One column less than the terminal has: a full line would make some terminals scroll.
  private var columns: Int {
    var size = winsize()
    guard ioctl(handle.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 79 }
    return Int(size.ws_col) - 1
  }

  /// What the system said (`errno`) to the first write that failed; nil where all lines have arrived. A line that is lost is
  /// no reason to stop a run.
  public var failure: Int32? { screen.lock.withLock { screen.failure } }

  private func put(_ text: String) {
    do { try handle.write(contentsOf: Data(text.utf8)) } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      screen.failure = screen.failure ?? Int32(cause?.code ?? Int(EIO))
    }
  }
}
