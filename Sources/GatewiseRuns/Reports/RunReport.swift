import Gatewise
import GatewiseDerivation

/// A report of a training run as an HTML page without other files, network access or scripts: losses, learning rate,
/// norms and saturation over the steps, settings and final figures, for light and dark color schemes and all screen
/// sizes.
///
///     let report = RunReport(
///       title: "runs/one", unit: "bits per character", entries: try RunLog.entries(at: "runs/one/log.jsonl"))
///     try report.write(to: "runs/one/report.html")
public struct RunReport: Sendable {
  /// A name and its value in a table.
  public struct Row: Sendable, Equatable {
    /// The name.
    public let name: String
    /// The value, formatted for display.
    public let value: String

    /// Creates a row of a table.
    public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
  }

  /// The title.
  public let title: String
  /// The unit of the losses, for example `bits per character`.
  public let unit: String
  /// The measurements, in the order of the steps.
  public let entries: [RunLogEntry]
  /// The settings of the run.
  public let settings: [Row]
  /// The final figures besides those in the log.
  public let figures: [Row]

  /// Creates a report.
  ///
  /// - Parameters:
  ///   - title: The title.
  ///   - unit: The unit of the losses.
  ///   - entries: The measurements, in the order of the steps.
  ///   - settings: The settings of the run.
  ///   - figures: The final figures; losses, time and speed are added from the entries.
  public init(title: String, unit: String, entries: [RunLogEntry], settings: [Row] = [], figures: [Row] = []) {
    (self.title, self.unit, self.entries) = (title, unit, entries)
    (self.settings, self.figures) = (settings, figures)
  }

  /// Writes the page atomically.
  ///
  /// - Throws: `GatewiseError.file` if the file cannot be written.
  public func write(to path: String) throws(GatewiseError) { try AtomicFile.write(html, to: path) }

  /// The HTML of the page.
  public var html: String {
    let layers = layerCards
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <link rel="icon" href="data:,"/>
      <title>\(title.escaped)</title>
      <style>
      \(RunReportStyle.css)
      </style>
      </head>
      <body>
      <header>
      <p class="kicker">Gatewise training run</p>
      <h1>\(title.escaped)</h1>
      </header>
      <main>
      \(section("Final figures", table(figures + measured, className: "figures")))
      \(section("Course", "<div class=\"cards\">\n\(courseCards.joined())</div>"))
      \(layers.isEmpty ? "" : section("Layers", "<div class=\"cards\">\n\(layers.joined())</div>"))
      \(saturationSection)
      \(settings.isEmpty ? "" : section("Settings", table(settings, className: "settings")))
      </main>
      </body>
      </html>

      """
  }

  /// The final figures in the log.
  private var measured: [Row] {
    func text(_ value: Double) -> String { Format.significant(value, digits: 4) }
    let best = entries.filter { $0.validation?.isFinite == true }.min { $0.validation! < $1.validation! }
    let rates = entries.compactMap(\.rowsPerSecond).filter(\.isFinite).sorted()
    return [
      entries.last.map { Row("Updates", "\($0.step)") },
      entries.last { $0.loss != nil }.map { Row("Training loss", "\(text($0.loss!)) \(unit)") },
      entries.last { $0.validation != nil }.map { Row("Validation loss", "\(text($0.validation!)) \(unit)") },
      best.map { Row("Best validation loss", "\(text($0.validation!)) \(unit), at step \($0.step)") },
      entries.last { $0.seconds != nil }.map { Row("Time on updates", Format.time(seconds: $0.seconds!)) },
      rates.isEmpty
        ? nil : Row("Rows a second", "\(Format.significant(rates[rates.count / 2], digits: 3)) (median)"),
    ].compactMap(\.self)
  }

  func section(_ title: String, _ content: String) -> String {
    "<section>\n<h2>\(title.escaped)</h2>\n\(content)\n</section>"
  }

  private func table(_ rows: [Row], className: String) -> String {
    let rows = rows.map { "<tr><th scope=\"row\">\($0.name.escaped)</th><td>\($0.value.escaped)</td></tr>\n" }
    return "<table class=\"\(className)\">\n\(rows.joined())</table>"
  }
}
