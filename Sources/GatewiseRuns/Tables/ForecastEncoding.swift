import Gatewise

/// How a table's columns become a forecaster's inputs, and its outputs values again; kept in the model file.
///
/// The model sees every input column, standardized. A target that is also an input is forecast as its **change** over
/// the horizon, standardized, and its last change is one more input. A series with a trend leaves the range that it was
/// trained on, where a forecaster of levels goes wrong; changes stay in theirs. A target that is no input is
/// forecast as its level, standardized.
public struct ForecastEncoding: Sendable, Equatable, Codable {
  /// The columns that the model is fed with.
  public let inputColumns: [String]
  /// The columns that it forecasts.
  public let targetColumns: [String]
  /// How many rows ahead the forecast lies.
  public let horizon: Int
  let levels: Standardization
  let lastChanges: Standardization
  let targets: Standardization

  /// The number of the model's inputs: the input columns, then the last change of every target among them.
  public var inputSize: Int { inputColumns.count + changing.count }
  /// The number of the model's outputs.
  public var outputSize: Int { targetColumns.count }

  /// For each target that is an input, its position among the inputs.
  private var changing: [Int] { layout.changing }

  /// Takes what was measured on the training rows.
  init(inputColumns: [String], targetColumns: [String], horizon: Int, figures: SeriesFigures) {
    self.inputColumns = inputColumns
    self.targetColumns = targetColumns
    self.horizon = horizon
    levels = Standardization(figures.levels)
    lastChanges = Standardization(figures.lastChanges)
    targets = Standardization(figures.targets)
  }

  /// The columns that it is about, in the order in which they are read.
  var layout: SeriesLayout {
    SeriesLayout(inputColumns: inputColumns, targetColumns: targetColumns, horizon: horizon)
  }

  /// The value that an output forecasts, from a row in which the column has the value `now`; 0 for a target that is
  /// forecast as a level.
  func value(of output: Double, now: Double, target k: Int) -> Double { targets.restored(output, column: k) + now }

  /// How far a forecast is off, in the target's unit, whose output is off by `error`.
  func error(of error: Double, target k: Int) -> Double { error * targets.deviation[k] }

  /// Whether every figure can be calculated with.
  var isFinite: Bool {
    levels.isUsable(count: inputColumns.count) && lastChanges.isUsable(count: changing.count)
      && targets.isUsable(count: targetColumns.count)
  }
}

extension ForecastEncoding {
  private enum CodingKeys: String, CodingKey {
    case inputColumns, targetColumns, horizon, levels, lastChanges, targets
  }

  /// Reads an encoding; throws where its figures do not fit each other.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    inputColumns = try container.decode([String].self, forKey: .inputColumns)
    targetColumns = try container.decode([String].self, forKey: .targetColumns)
    horizon = try container.decode(Int.self, forKey: .horizon)
    levels = try container.decode(Standardization.self, forKey: .levels)
    lastChanges = try container.decode(Standardization.self, forKey: .lastChanges)
    targets = try container.decode(Standardization.self, forKey: .targets)
    // Row numbers are added to the horizon of a file, which may hold anything.
    guard !inputColumns.isEmpty, !targetColumns.isEmpty, (1...Int(Int32.max)).contains(horizon), isFinite else {
      throw DecodingError.dataCorruptedError(
        forKey: .levels, in: container, debugDescription: "The forecast's columns and figures do not fit each other.")
    }
  }
}
