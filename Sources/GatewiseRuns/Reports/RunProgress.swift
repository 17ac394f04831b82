import Foundation

/// How far a training run is: what one line on the screen says.
public struct RunProgress: Sendable, Equatable {
  /// Updates made.
  public var step: Int
  /// Updates to make.
  public var totalSteps: Int
  /// What the losses are measured in, short: `bits/char`, `loss`.
  public var unit: String
  /// What is counted: `step`, `stream`.
  public var stepName: String
  /// What the model is judged by: `validation`, `test`.
  public var validationName: String
  /// The training loss; nil before the first.
  public var loss: Double?
  /// The last validation loss; nil before the first.
  public var validation: Double?
  /// Updates a second; nil before it is known.
  public var stepsPerSecond: Double?
  /// Arithmetic in 10⁹ floating-point operations a second; nil before it is known.
  public var gigaflops: Double?

  /// A run that has just begun.
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

  /// Seconds until the end at the present speed; nil before the speed is known.
  public var secondsLeft: Double? {
    guard let stepsPerSecond, stepsPerSecond > 0 else { return nil }
    return Double(max(0, totalSteps - step)) / stepsPerSecond
  }

  /// The line of a log: no bar, the step in full.
  public var plainLine: String {
    (["\(stepName) \(step)/\(totalSteps)"] + figures).joined(separator: "  ")
  }

  /// A line of at most `width` columns for a terminal: a bar, then as many of the figures as there is room for.
  ///
  /// The bar takes what the figures leave over, 8 to 30 columns. Where there is too little, the figures are shortened,
  /// so that all fit the usual 80 columns; then they go from the right.
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
