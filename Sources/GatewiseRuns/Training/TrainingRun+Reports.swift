import Gatewise

extension TrainingRun {
  /// Writes into the folder the file from which the run can be repeated.
  ///
  /// - Throws: `GatewiseError.file` if it cannot be written.
  public func prepare(runFile: RunFile) throws {
    guard writes else { return }
    try folder.requireInPlace()
    let heading = "gatewise train --config with this file repeats the run, from the same folder."
    try TextFile.put(runFile.text(heading: heading), to: folder.runFile)
  }

  /// Writes the report of the run, from its log.
  ///
  /// - Parameters:
  ///   - settings: The settings of the run.
  ///   - sentences: The results of the run.
  /// - Throws: `GatewiseError.file` if the log cannot be read or the page cannot be written.
  public func report(settings: RunFile, sentences: [String]) throws {
    guard writes else { return }
    let rows = settings.options.map { option in
      switch option.value {
      case .one(let value): RunReport.Row(option.name, value)
      case .several(let values): RunReport.Row(option.name, values.joined(separator: ", "))
      }
    }
    let figures = sentences.map { sentence in
      let parts = sentence.split(separator: ":", maxSplits: 1).map { $0.trimmingPrefix { $0 == " " } }
      return parts.count == 2 && parts[0].allSatisfy(\.isLetter)
        ? RunReport.Row(String(parts[0]), String(parts[1])) : RunReport.Row("Run", sentence)
    }
    let entries = try RunLog.entries(at: folder.entries)
    if entries.isEmpty, record.step > 0 {
      logger.warning("\(folder.entries): is missing or empty; the report has no curves.")
    }
    let report = RunReport(
      title: folder.path, unit: data.lossUnit.rawValue, entries: entries,
      settings: rows, figures: figures)
    try TextFile.put(report.html, to: folder.report)
  }

  /// Writes the measurements to the logs. A log that cannot be written does not end the run.
  func note(_ report: TrainingReport, isJudged: Bool, _ batch: SequenceBatch<S>) {
    let scale = data.lossUnit.scale
    let perStep = Double(report.rows) * Double(record.step) / max(clock.seconds, 1e-9)
    let entry = RunLogEntry(
      step: report.update, loss: record.log.rowLoss,
      validation: isJudged ? record.validation.map { $0.mean * scale } : nil,
      gradientNorm: report.gradientNorm, learningRate: report.learningRate, seconds: clock.seconds,
      rowsPerSecond: perStep, metrics: isJudged ? record.validation.map(data.metrics(of:)) : nil)
    do {
      try monitor?.record(entry, trainer.model, gradient: trainer.lastGradient, batch: batch, data: data)
    } catch {
      logger.warning("\(error) The run continues without it.")
      monitor = nil
    }
  }
}
