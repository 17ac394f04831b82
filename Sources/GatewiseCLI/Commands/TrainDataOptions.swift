import ArgumentParser
import Gatewise
import GatewiseRuns

/// The options of `train` that select the training data.
struct TrainDataOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Text files, and folders of which all text files are read. A byte-order mark at the start of a file is dropped, "
        + "unless the tokens are bytes.", valueName: "path"))
  var text: [String] = []

  @Option(help: "The unit of a token: characters (the default) or bytes.")
  var unit: TextUnit?

  @Option(
    help: ArgumentHelp(
      "Line ends of a text: keep (the default) keeps them, including \\r; lf reads \\r\\n as \\n. Not for bytes."
    ))
  var lineEnds: TextLineEnds?

  @Option(help: ArgumentHelp("A table with named columns.", valueName: "path"))
  var csv: String?

  @Option(
    help: ArgumentHelp(
      "A table as a NumPy array [rows, columns], to forecast; its columns are named 0, 1, 2 …", valueName: "path"))
  var npy: String?

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("The columns of the table to forecast.", valueName: "column"))
  var target: [String] = []

  @Option(help: ArgumentHelp("Number of rows ahead to forecast (default: 1).", valueName: "rows"))
  var horizon: Int?

  @Option(
    help: ArgumentHelp("To classify: the column that identifies the sequence of each row.", valueName: "column"))
  var sequence: String?

  @Option(help: ArgumentHelp("The column with the class of each sequence.", valueName: "column"))
  var label: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("The columns that the model reads (default: all with numbers).", valueName: "column"))
  var input: [String] = []

  @Option(help: ArgumentHelp("A task from a paper, with its network, training procedure and test.", valueName: "name"))
  var task: TaskName?

  func validate() throws {
    let sources = [
      ("--text", !text.isEmpty), ("--csv", csv != nil), ("--npy", npy != nil), ("--task", task != nil),
    ].filter(\.1)
    guard let source = sources.first else {
      throw ValidationError("There is no training data; give --text, --csv, --npy or --task.")
    }
    guard sources.count == 1 else {
      throw ValidationError("\(source.0) and \(sources[1].0) exclude each other; give one of them.")
    }
    let table = [
      ("--target", !target.isEmpty), ("--horizon", horizon != nil), ("--sequence", sequence != nil),
      ("--label", label != nil), ("--input", !input.isEmpty),
    ]
    if npy != nil, let (flag, _) = table[2...3].first(where: \.1) {
      throw ValidationError("\(flag) is for classification, which needs a table with named columns; give --csv.")
    }
    if csv == nil, npy == nil, let (flag, _) = table.first(where: \.1) {
      throw ValidationError("\(flag) needs a table (--csv), but this run trains on \(source.0).")
    }
    if text.isEmpty, let (flag, _) = [("--unit", unit != nil), ("--line-ends", lineEnds != nil)].first(where: \.1) {
      throw ValidationError("\(flag) needs --text, but this run trains on \(source.0).")
    }
    if unit == .bytes, lineEnds == .lf {
      throw ValidationError("--line-ends lf changes bytes, which --unit bytes keeps unchanged; leave one out.")
    }
    if let (flag, _) = table.prefix(2).first(where: \.1), sequence != nil || label != nil {
      throw ValidationError("\(flag) is for forecasting, but --sequence and --label select classification.")
    }
    if (sequence == nil) != (label == nil) {
      throw ValidationError(
        "Classification needs both --sequence and --label; \(sequence == nil ? "--sequence" : "--label") is missing.")
    }
    if let horizon, horizon < 1 { throw ValidationError("--horizon must be at least 1, but is \(horizon).") }
  }

  /// Checks that a table's purpose is given, which a new model needs.
  func checkKindIsSaid() throws {
    guard target.isEmpty, sequence == nil else { return }
    if npy != nil { throw ValidationError("--npy needs the columns to forecast; give --target.") }
    guard csv != nil else { return }
    throw ValidationError("--csv needs a purpose; give --target to forecast, or --sequence and --label to classify.")
  }

  /// Reads the files.
  ///
  /// - Throws: `GatewiseError` if they cannot be read or have invalid content; `ValidationError` if an option
  ///   contradicts the model of `--from`.
  func read(startingFrom start: StartingModel?, pace: TrainRunOptions) throws -> RunData {
    if let start { try checkAgreement(with: start) }
    guard let path = csv ?? npy else {
      guard start == nil || isText(start) else { throw disagreement(start, "reads tables; give --csv or --npy.") }
      var vocabulary: Vocabulary?
      if case .text(let known) = start?.data { vocabulary = known }
      return .text(
        try TextData(
          paths: text, unit: unit ?? .characters, validationFraction: pace.validation ?? 0.1, vocabulary: vocabulary,
          lineEnds: lineEnds ?? .keep))
    }
    let fraction = pace.validation ?? 0.2
    let inputs = input.isEmpty ? nil : input
    var classes: ClassificationEncoding?
    if case .classification(let known) = start?.data { classes = known }
    if classes != nil || sequence != nil {
      if pace.window != nil {
        throw ValidationError("--window is not for classification, which always reads whole sequences; leave it out.")
      }
      return .classification(
        try ClassificationData(
          table: Table(path: path), sequenceColumn: sequence ?? "", labelColumn: label ?? "", inputs: inputs,
          validationFraction: fraction, seed: pace.seed, encoding: classes))
    }
    var forecast: ForecastEncoding?
    if case .forecast(let known) = start?.data { forecast = known }
    let table: any SeriesTable = try csv == nil ? NumPyTable(path: path) : Table.series(path: path)
    return .forecast(
      try ForecastData(
        table: table, targets: target, inputs: inputs, horizon: horizon ?? 1, validationFraction: fraction,
        encoding: forecast))
  }

  /// Returns notes about files and columns that were skipped.
  func notes(on data: RunData) -> [String] {
    let leftOut: [String]
    switch data {
    case .text(let data):
      guard !data.skipped.isEmpty else { return [] }
      let count = data.skipped.count
      return ["Skipped \(count) \(count == 1 ? "file that is" : "files that are") empty or not text."]
    case .forecast(let data): leftOut = data.leftOut
    case .classification(let data): leftOut = data.leftOut
    }
    guard !leftOut.isEmpty else { return [] }
    return ["Skipped columns without numbers or name: \(leftOut.map { "\"\($0)\"" }.joined(separator: ", "))."]
  }

}

extension TrainDataOptions {
  private func isText(_ start: StartingModel?) -> Bool {
    if case .text = start?.data { return true }
    return false
  }

  /// Checks that options for columns, horizon and unit, which the model determines, agree with it.
  private func checkAgreement(with start: StartingModel) throws {
    switch start.data {
    case .text(let vocabulary):
      guard csv == nil, npy == nil else { throw disagreement(start, "reads text; give --text.") }
      try agree("--unit", unit?.rawValue, vocabulary.unit.rawValue, start)
    case .forecast(let encoding):
      guard sequence == nil else { throw disagreement(start, "forecasts; leave out --sequence.") }
      try agree("--target", list(target), list(encoding.targetColumns), start)
      try agree("--input", list(input), list(encoding.inputColumns), start)
      try agree("--horizon", horizon.map(String.init), "\(encoding.horizon)", start)
    case .classification(let encoding):
      guard npy == nil else { throw disagreement(start, "classifies; give --csv.") }
      guard target.isEmpty, horizon == nil else {
        throw disagreement(start, "classifies; leave out \(target.isEmpty ? "--horizon" : "--target").")
      }
      try agree("--sequence", sequence, encoding.sequenceColumn, start)
      try agree("--label", label, encoding.labelColumn, start)
      try agree("--input", list(input), list(encoding.inputColumns), start)
    }
  }

  private func list(_ names: [String]) -> String? { names.isEmpty ? nil : names.joined(separator: " ") }

  private func agree(_ flag: String, _ said: String?, _ known: String?, _ start: StartingModel) throws {
    guard let said, said != known else { return }
    throw disagreement(start, "was trained with \(flag) \(known ?? ""), not \(said); leave it out.")
  }

  private func disagreement(_ start: StartingModel?, _ sentence: String) -> ValidationError {
    ValidationError("The model \(start?.path ?? "") \(sentence)")
  }
}

extension TextUnit: ExpressibleByArgument {}
extension TextLineEnds: ExpressibleByArgument {}

/// The value of `--task`. `TrainTaskOptions` reports an unknown task with the list of all tasks.
struct TaskName: ExpressibleByArgument, Sendable {
  let text: String

  init(argument: String) { text = argument }
}
