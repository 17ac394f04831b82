/// The columns of a forecaster's encoding in storage: first its inputs, then the targets that are not inputs.
struct SeriesLayout: Sendable {
  /// The columns in the order of the storage.
  let columns: [String]
  /// The number of input columns: I without the last changes.
  let inputCount: Int
  /// The position of each target that is an input among the columns.
  let changing: [Int]
  /// The position of each target among the columns.
  let targets: [Int]
  /// The horizon in rows.
  let horizon: Int

  init(inputColumns: [String], targetColumns: [String], horizon: Int) {
    let inputs = Set(inputColumns)
    columns = inputColumns + targetColumns.filter { !inputs.contains($0) }
    inputCount = inputColumns.count
    let places = Dictionary(zip(columns, 0...)) { first, _ in first }
    targets = targetColumns.map { places[$0]! }
    changing = targets.filter { $0 < inputColumns.count }
    self.horizon = horizon
  }

  /// The number of columns.
  var width: Int { columns.count }

  /// Whether a target is forecast as a change.
  func isChange(_ k: Int) -> Bool { targets[k] < inputCount }
}
