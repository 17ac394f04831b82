import Foundation

/// The progress of a training run, as shown in one line.
public struct RunProgress: Sendable, Equatable {
  /// The number of updates made.
  public var step: Int
  /// The number of updates of the run.
  public var totalSteps: Int
  /// The short unit of the losses: `bits/char`, `loss`.
  public var unit: String
  /// The name of what is counted: `step`, `stream`.
  public var stepName: String
  /// The name of the evaluation: `validation`, `test`.
  public var validationName: String
  /// The training loss; nil if there is none yet.
  public var loss: Double?
  /// The last validation loss; nil if there is none yet.
  public var validation: Double?
  /// Updates per second; nil if not known yet.
  public var stepsPerSecond: Double?
  /// Speed in 10⁹ floating-point operations per second; nil if not known yet.
  public var gigaflops: Double?

  /// Creates the progress of a run at its start.
  public init(
    step: Int = 0, totalSteps: Int, unit: String, stepName: String = "step", validationName: String = "validation",
    loss: Double? = nil, validation: Double? = nil, stepsPerSecond: Double? = nil, gigaflops: Double? = nil
  ) {
    self.step = step
    self.totalSteps = totalSteps
    self.unit = unit
    self.stepName = stepName
    self.validationName = validationName
    self.loss = loss
    self.validation = validation
    self.stepsPerSecond = stepsPerSecond
    self.gigaflops = gigaflops
  }

  /// The remaining seconds at the present speed; nil if that is not known yet.
  public var secondsLeft: Double? {
    guard let stepsPerSecond, stepsPerSecond > 0 else { return nil }
    return Double(max(0, totalSteps - step)) / stepsPerSecond
  }

  /// The line for a log: no bar, the step in full.
  public var plainLine: String {
    (["\(stepName) \(step)/\(totalSteps)"] + figures).joined(separator: "  ")
  }

  /// Returns a line of at most `width` columns for a terminal: a bar, then as many of the figures as fit.
  ///
  /// The bar takes the columns that the figures leave, 8 to 30. If there are too few, the figures are shortened to fit
  /// the usual 80 columns, and then dropped from the right.
  public func bar(width: Int) -> String {
    let fraction = totalSteps > 0 ? min(1, max(0, Double(step) / Double(totalSteps))) : 0
    let percent = String(format: "%3d%%", Int(fraction * 100))
    var parts = figures
    func length() -> Int { parts.reduce(percent.count) { $0 + 2 + $1.count } }
    if length() + 11 > width { parts = shortFigures }
    while !parts.isEmpty && length() + 11 > width { parts.removeLast() }
    let columns = min(30, width - length() - 3)
    let filled = Int((fraction * Double(max(columns, 0))).rounded(.down))
    let bar =
      columns >= 8
      ? "[" + String(repeating: "=", count: filled) + String(repeating: " ", count: columns - filled) + "] " : ""
    return String((bar + ([percent] + parts).joined(separator: "  ")).prefix(max(width, 0)))
  }

  private var figures: [String] { figures(validation: validationName, time: Format.duration) }

  private var shortFigures: [String] {
    figures(validation: validationName == "validation" ? "val" : validationName, time: Format.clock)
  }

  private func figures(validation name: String, time: (Double) -> String) -> [String] {
    var parts: [String] = []
    if let loss { parts.append("\(unit) \(Format.significant(loss, digits: 4))") }
    if let validation { parts.append("\(name) \(Format.significant(validation, digits: 4))") }
    if let secondsLeft { parts.append("\(time(secondsLeft)) left") }
    if let stepsPerSecond { parts.append("\(Format.significant(stepsPerSecond, digits: 3)) \(stepName)s/s") }
    if let gigaflops { parts.append("\(Format.significant(gigaflops, digits: 3)) GF/s") }
    return parts
  }
}
