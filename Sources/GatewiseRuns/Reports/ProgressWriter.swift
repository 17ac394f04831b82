import Foundation

/// Shows the progress of a run: one line that is overwritten on a terminal, plain lines now and then elsewhere.
public struct ProgressWriter {
  private let handle: FileHandle
  private let isTerminal: Bool
  private let interval: Double
  private var shownAt: ContinuousClock.Instant?
  private var hasOpenLine = false

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
    let now = ContinuousClock.now
    if !always, let shownAt, now - shownAt < .seconds(isTerminal ? 0.1 : interval) { return }
    shownAt = now
    if isTerminal {
      // Back to the first column, the line, and what was longer before is erased.
      put("\r" + progress.bar(width: columns) + "\u{1B}[K")
      hasOpenLine = true
    } else {
      put(progress.plainLine + "\n")
    }
  }

  /// Writes a line of its own; the bar comes again below it.
  public mutating func message(_ line: String) {
    put((hasOpenLine ? "\r\u{1B}[K" : "") + line + "\n")
    hasOpenLine = false
  }

  /// Ends the line of the bar, so that what comes next begins on a new one.
  public mutating func finish() {
    if hasOpenLine { put("\n") }
    hasOpenLine = false
  }

  /// One column less than the terminal has: a full line would make some terminals scroll.
  private var columns: Int {
    var size = winsize()
    guard ioctl(handle.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 79 }
    return Int(size.ws_col) - 1
  }

  // A reader that has gone away is no reason to stop a run.
  private func put(_ text: String) { try? handle.write(contentsOf: Data(text.utf8)) }
}
