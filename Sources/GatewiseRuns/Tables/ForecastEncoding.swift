import Gatewise

/// The conversion of a table's columns to a forecaster's inputs, and of its outputs to values; stored in the model
/// file.
///
/// The model's inputs are all input columns, standardized. A target that is also an input is forecast as its **change**
/// over the horizon, standardized, and its last change is an additional input. A series with a trend leaves the range
/// of the training data, where a forecast of levels fails; changes stay in their range. A target that is not an input
/// is forecast as its level, standardized.
public struct ForecastEncoding: Sendable, Equatable, Codable {
  /// The input columns of the model.
  public let inputColumns: [String]
  /// The columns that the model forecasts.
  public let targetColumns: [String]
  /// The horizon in rows.
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

  /// Creates an encoding from the statistics of the training rows.
  init(inputColumns: [String], targetColumns: [String], horizon: Int, figures: SeriesFigures) {
    self.inputColumns = inputColumns
    self.targetColumns = targetColumns
    self.horizon = horizon
    levels = Standardization(figures.levels)
    lastChanges = Standardization(figures.lastChanges)
    targets = Standardization(figures.targets)
  }

  /// The columns of the encoding, in the order in which they are read.
  var layout: SeriesLayout {
    SeriesLayout(inputColumns: inputColumns, targetColumns: targetColumns, horizon: horizon)
  }

  /// Returns the value that an output forecasts, from a row in which the column has the value `now`; 0 for a target
  /// that is forecast as a level.
  func value(of output: Double, now: Double, target k: Int) -> Double { targets.restored(output, column: k) + now }

  /// Returns the error of a forecast in the target's unit, from the error of the output.
  func error(of error: Double, target k: Int) -> Double { error * targets.deviation[k] }

  /// Whether all statistics are finite.
  var isFinite: Bool {
    levels.isUsable(count: inputColumns.count) && lastChanges.isUsable(count: changing.count)
      && targets.isUsable(count: targetColumns.count)
  }
}

extension ForecastEncoding {
  private enum CodingKeys: String, CodingKey {
    case inputColumns, targetColumns, horizon, levels, lastChanges, targets
  }

  /// Decodes an encoding; throws if its values are inconsistent.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    inputColumns = try container.decode([String].self, forKey: .inputColumns)
    targetColumns = try container.decode([String].self, forKey: .targetColumns)
    horizon = try container.decode(Int.self, forKey: .horizon)
    levels = try container.decode(Standardization.self, forKey: .levels)
    lastChanges = try container.decode(Standardization.self, forKey: .lastChanges)
    targets = try container.decode(Standardization.self, forKey: .targets)
    // The horizon is added to row numbers, and may be anything in a file.
    guard !inputColumns.isEmpty, !targetColumns.isEmpty, (1...Int(Int32.max)).contains(horizon), isFinite else {
      throw DecodingError.dataCorruptedError(
        forKey: .levels, in: container, debugDescription: "The forecast's columns and statistics are inconsistent.")
    }
  }
}
