import GatewiseRuns
import Logging

/// A log handler that prints a run's messages with its progress lines, without time and level.
struct ProgressLogHandler: LogHandler {
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]
  private let writer: ProgressWriter

  init(_ writer: ProgressWriter) { self.writer = writer }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var writer = writer
    writer.message("\(event.message)")
  }
}

extension Logger {
  /// Returns a logger that writes to a run's progress lines.
  static func lines(of writer: ProgressWriter) -> Logger {
    Logger(label: "gatewise") { _ in ProgressLogHandler(writer) }
  }
}
