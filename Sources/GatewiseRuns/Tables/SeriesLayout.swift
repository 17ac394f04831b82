/// Which columns of a storage a forecaster's encoding is about: first its inputs, then the targets that are none.
struct SeriesLayout: Sendable {
  /// The columns in the storage's order.
  let columns: [String]
  /// I, without the last changes.
  let inputCount: Int
  /// For each target that is an input, its place among the columns.
  let changing: [Int]
  /// For each target its place among the columns.
  let targets: [Int]
  /// How many rows ahead the forecast lies.
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
