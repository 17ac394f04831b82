import ArgumentParser
import Foundation
import Gatewise
import GatewiseRuns

/// The command `gatewise check`.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks the gradients of a model, or of any shape, against an independent computation.",
    discussion: """
      Examples:
        gatewise check model.safetensors
        gatewise check --hidden 17,5 --peepholes --outputs 4 --batch 3 --window 7
        gatewise check --layers 3 --rule truncated-rtrl

      The gradient in double precision is compared with complex-step derivatives of a scalar LSTM that shares no code \
      with the engine and is truncated where the rule truncates: for every parameter, the input, and the initial \
      state. If no layer has more than 17 units, every entry is compared; otherwise 50 entries of each tensor and \
      derivatives along 16 directions. A row shows the largest difference relative to the largest entry of the tensor, \
      for the complex step and for central differences. Central differences are accurate to about 9 digits; they also \
      decide whether a row passes, unless the model has a clip or an activation function with a kink.
      Exit status: 0 if every row passes, otherwise 1.
      """)

  @Argument(help: ArgumentHelp("A model file; if omitted, a random model of the given shape is checked."))
  var model: String?

  @OptionGroup(title: "Shape of a random model") var shape: CheckShapeOptions

  @Option(help: ArgumentHelp("Number of sequences.", valueName: "n"))
  var batch = 3

  @Option(help: ArgumentHelp("Number of time steps.", valueName: "t"))
  var window = 7

  @Flag(help: "Draw a separate length for each sequence, from 0 steps to --window.")
  var variableLengths = false

  @Option(help: ArgumentHelp("The largest relative difference that passes.", valueName: "x"))
  var tolerance = 1e-12

  @Option(help: ArgumentHelp("Seed of the random numbers.", valueName: "n"))
  var seed: UInt64 = 1

  @Flag(help: "Print one JSON object per line instead of a table.")
  var json = false

  @OptionGroup var rule: RuleOptions

  @OptionGroup var threads: ThreadsOption

  func validate() throws {
    guard batch >= 1 else { throw ValidationError("--batch must be at least 1, but is \(batch).") }
    guard window >= 1 else { throw ValidationError("--window must be at least 1, but is \(window).") }
    if rule.deltaClip != nil {
      throw ValidationError(
        "--delta-clip changes the result so that it is no longer a gradient and cannot be checked; leave it out.")
    }
    guard tolerance > 0 else { throw ValidationError("--tolerance must be greater than 0, but is \(tolerance).") }
    if let model, shape.isGiven {
      throw ValidationError("The shape is that of the model \(model); leave out the options that give one.")
    }
  }

  func run() throws {
    if model == nil { try shape.configuration.requireEffect() }
    let model =
      if let model { try ModelFile(contentsOf: model).model(as: Double.self) } else {
        try GradientProblem.model(shape.configuration, seed: seed)
      }
    let problem = try GradientProblem(
      drawingDataFor: model, steps: window, batchSize: batch, variableLengths: variableLengths, seed: seed)
    let check = try GradientCheck(
      problem, rule: rule.gradientRule, tolerance: tolerance, seed: seed, execution: threads.execution())
    let table = CheckTable(check)
    if !json { try StandardOutput.print(table.header) }
    var failure: (any Error)?
    let rows = check.run { row in
      guard failure == nil else { return }
      do {
        try StandardOutput.print(json ? JSONLine.text(CheckRecord(row)) : table.line(row))
        try StandardOutput.flush()
      } catch { failure = error }
    }
    if let failure { throw failure }
    let failed = rows.filter { !$0.passes }
    if !json { try StandardOutput.print(table.summary(rows)) }
    if !failed.isEmpty { throw ExitCode.failure }
  }
}

/// The shape of a random model to check.
struct CheckShapeOptions: ParsableArguments {
  @OptionGroup var layers: LayerOptions

  @OptionGroup var cell: CellOptions

  @OptionGroup var regularization: RegularizationOptions

  @Option(help: ArgumentHelp("Number of inputs (default: 3).", valueName: "i"))
  var inputSize: Int?

  @Option(help: ArgumentHelp("Number of outputs of the readout; if omitted, there is no readout.", valueName: "k"))
  var outputs: Int?

  @Flag(help: "Apply the readout to the last step only.")
  var lastStep = false

  @Flag(help: "Make the initial state a parameter.")
  var learnInitialState = false

  var isGiven: Bool {
    !(layers.given + cell.given + regularization.given).isEmpty || inputSize != nil || outputs != nil || lastStep
      || learnInitialState
  }

  func validate() throws {
    if lastStep, outputs == nil { throw ValidationError("--last-step needs a readout; give --outputs.") }
    if !cell.biases.outputs, outputs == nil {
      throw ValidationError("--without-bias outputs needs a readout; give --outputs.")
    }
    if cell.shortcut, outputs == nil { throw ValidationError("--shortcut needs a readout; give --outputs.") }
    if let inputSize, inputSize < 1 { throw ValidationError("--input-size must be at least 1, but is \(inputSize).") }
    if let outputs, outputs < 1 { throw ValidationError("--outputs must be at least 1, but is \(outputs).") }
  }

  var configuration: LSTMConfiguration {
    var configuration = LSTMConfiguration(
      inputSize: inputSize ?? 3, hiddenSizes: [], learnsInitialState: learnInitialState,
      readout: outputs.map { .init(outputSize: $0, position: lastStep ? .lastStep : .everyStep) })
    layers.set(&configuration, hidden: 5, layers: 2)
    cell.set(&configuration)
    configuration.regularization = regularization.regularization
    return configuration
  }
}

/// A row of a check as JSON.
private struct CheckRecord: Encodable {
  let name: String
  let shape: [Int]
  let checked: Int
  let maxRelativeDifference: Double
  let centralDifference: Double?
  let passes: Bool

  init(_ row: GradientCheck.Row) {
    name = row.name
    shape = row.shape
    checked = row.checked
    maxRelativeDifference = row.difference
    centralDifference = row.centralDifference
    passes = row.passes
  }
}

/// A check as a table of text.
private struct CheckTable {
  let tolerance: Double
  let nameWidth: Int

  init(_ check: GradientCheck) {
    tolerance = check.tolerance
    nameWidth = (check.tensorNames + ["directions"]).map(\.count).max() ?? 0
  }

  var header: String {
    Columns.line([
      .left("tensor", nameWidth), .left("shape", 14), .right("entries", 8), .right("complex step", 13),
      .right("central", 9), .left("verdict", 7),
    ])
  }

  func line(_ row: GradientCheck.Row) -> String {
    Columns.line([
      .left(row.name, nameWidth), .left(row.shape.isEmpty ? "" : "\(row.shape)", 14), .right("\(row.checked)", 8),
      .right(Self.scientific(row.difference), 13), .right(row.centralDifference.map(Self.scientific) ?? "", 9),
      .left(row.passes ? "ok" : "FAILS", 7),
    ])
  }

  func summary(_ rows: [GradientCheck.Row]) -> String {
    let failed = rows.filter { !$0.passes }.map(\.name)
    let worst = Self.scientific(rows.map(\.difference).max() ?? 0)
    let entries = rows.filter { $0.name != "directions" }.reduce(0) { $0 + $1.checked }
    return failed.isEmpty
      ? "All \(entries) entries agree: largest relative difference \(worst), tolerance \(Self.scientific(tolerance))."
      : "These differ: \(failed.joined(separator: ", ")); largest relative difference \(worst), tolerance "
        + "\(Self.scientific(tolerance))\(seconds(rows))."
  }

  /// Returns the rows in which the complex step agrees and central differences do not.
  private func seconds(_ rows: [GradientCheck.Row]) -> String {
    let alone = rows.filter { !$0.passes && $0.difference <= tolerance }.map(\.name)
    return alone.isEmpty ? "" : "; only by central differences: \(alone.joined(separator: ", "))"
  }

  private static func scientific(_ value: Double) -> String {
    value == 0 ? "0" : value.isFinite ? String(format: "%.1e", value) : "\(value)"
  }
}
