import GatewiseRuns
import Logging

/// Shows what a run logs among the lines of its progress: the sentences alone, without time and level.
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
  /// Logs to the lines of a run's progress.
  static func lines(of writer: ProgressWriter) -> Logger {
    Logger(label: "gatewise") { _ in ProgressLogHandler(writer) }
  }
}
