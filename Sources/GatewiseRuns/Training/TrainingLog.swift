import Gatewise

/// The losses of a run, for `loss.svg` and `log.csv`.
///
/// A row summarizes several steps, so that a long run has about a thousand rows; its training loss is their mean.
struct TrainingLog: Codable {
  private(set) var curve: LossCurve
  private var text: String
  private let unit: LossUnit
  private let every: Int
  private var sum = 0.0
  private var count = 0
  private var last: Last?
  /// The loss of the last row.
  private(set) var rowLoss = 0.0

  /// The last step of a row.
  private struct Last: Codable {
    let step: Int
    let gradientNorm: Double
    let learningRate: Double
    let seconds: Double
  }

  init(title: String, unit: LossUnit, steps: Int) {
    curve = LossCurve(title: title, unit: unit.rawValue)
    self.unit = unit
    every = max(1, steps / 1000)
    text = "step,training loss,validation loss,gradient norm,learning rate,seconds\n"
  }

  /// Adds a step, and a row if one is due: always with a validation loss, which is given in the trainer's unit.
  ///
  /// - Returns: Whether a row was added.
  mutating func add(_ report: TrainingReport, validation: Double?, seconds: Double) -> Bool {
    sum += report.loss * unit.scale
    count += 1
    last = Last(
      step: report.update, gradientNorm: report.gradientNorm, learningRate: report.learningRate, seconds: seconds)
    let isDue = validation != nil || report.update % every == 0
    if isDue { endRow(validation: validation) }
    return isDue
  }

  /// Adds the row of the steps since the previous row.
  private mutating func endRow(validation: Double?) {
    guard count > 0, let last else { return }
    let loss = sum / Double(count)
    (sum, count, rowLoss) = (0, 0, loss)
    curve.addTraining(step: last.step, loss: loss)
    var held = ""
    if let validation {
      curve.addValidation(step: last.step, loss: validation * unit.scale)
      held = Format.significant(validation * unit.scale, digits: 6)
    }
    let figures = [loss, last.gradientNorm, last.learningRate].map { Format.significant($0, digits: 6) }
    let time = Format.significant(last.seconds, digits: 6)
    text += "\(last.step),\(figures[0]),\(held),\(figures[1]),\(figures[2]),\(time)\n"
  }

  /// Writes both files, each atomically, with a row for the remaining steps.
  func write(to folder: OutputFolder) throws(GatewiseError) {
    var log = self
    log.endRow(validation: nil)
    try log.writeFiles(to: folder)
  }

  private func writeFiles(to folder: OutputFolder) throws(GatewiseError) {
    for (text, path) in [(curve.svg, folder.curve), (text, folder.log)] {
      // Before each file: a folder may be moved at any moment.
      try folder.requireInPlace()
      try TextFile.put(text, to: path)
    }
  }
}
