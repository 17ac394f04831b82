import Gatewise

/// Rows of numbers, in memory or not: what a series is read from, some rows at a time.
public protocol RowStorage: Sendable {
  /// The number of rows.
  var rowCount: Int { get }
  /// The number of columns.
  var columnCount: Int { get }

  /// Copies rows, the last index fastest. Allocates nothing in the steady state.
  ///
  /// - Parameters:
  ///   - rows: Which ones, inside `0..<rowCount`.
  ///   - values: Where to; it has room for them.
  ///   - position: The element of `values` that gets the first number.
  /// - Throws: `GatewiseError.file` naming the place of what is no finite number, and where the file has changed.
  func read(_ rows: Range<Int>, into values: inout [Double], at position: Int) throws(GatewiseError)
}

/// Rows that are in memory.
struct MemoryRows: RowStorage {
  let rowCount: Int
  let columnCount: Int
  private let values: [Double]

  /// - Parameter values: The rows one after the other.
  /// - Precondition: There is a column.
  init(values: [Double], columnCount: Int) {
    (self.values, self.columnCount) = (values, columnCount)
    rowCount = values.count / columnCount
  }

  func read(_ rows: Range<Int>, into values: inout [Double], at position: Int) {
    let first = rows.lowerBound * columnCount
    for index in 0..<(rows.count * columnCount) { values[position + index] = self.values[first + index] }
  }
}

/// A table with named columns of numbers, one row for each point in time, in order.
public protocol SeriesTable: Sendable {
  /// The file that it is from, as it is named in messages.
  var path: String { get }
  /// The columns' names in the order of the file.
  var columns: [String] { get }

  /// The position of a column.
  ///
  /// - Throws: `GatewiseError.file` that lists the columns there are.
  func position(of column: String) throws(GatewiseError) -> Int

  /// Whether a column can be calculated with: it has a name, and at least one of its fields is a number.
  func isNumeric(_ column: String) -> Bool

  /// Some of the columns, in the order in which they are named.
  ///
  /// - Precondition: At least one is named, and none twice.
  /// - Throws: `GatewiseError.file` where one does not exist, and naming line and column of what is no finite number,
  ///   unless that is found when it is read.
  func rows(of columns: [String]) throws(GatewiseError) -> any RowStorage
}

extension SeriesTable {
  /// The position of a column, found in the list of their names.
  ///
  /// - Throws: `GatewiseError.file` that lists the columns there are.
  public func position(of column: String) throws(GatewiseError) -> Int {
    guard let position = columns.firstIndex(of: column) else { throw noColumn(column) }
    return position
  }

  /// The error for a column that is not there, with those that are.
  func noColumn(_ column: String) -> GatewiseError {
    let named = columns.lazy.filter { !$0.isEmpty }
    let present = named.prefix(100).joined(separator: ", ")
    let rest = columns.count > 100 && named.dropFirst(100).first != nil ? ", …" : ""
    return .file(path: path, problem: "has no column \"\(column)\"; its columns are \(present)\(rest).")
  }

  /// The columns to feed a model with: those that were asked for, or all numeric ones except `excluded`.
  ///
  /// - Throws: `GatewiseError.file` where a column does not exist or none is left.
  func inputColumns(_ wanted: [String]?, except excluded: [String] = []) throws(GatewiseError) -> [String] {
    if let wanted {
      for column in wanted { _ = try position(of: column) }
      guard !wanted.isEmpty else { throw .invalidArgument("At least one input column is needed.") }
      if let twice = wanted.firstRepeated {
        throw .invalidArgument("The input column \"\(twice)\" is named twice.")
      }
      return wanted
    }
    let excluded = Set(excluded)
    let numeric = columns.filter { !excluded.contains($0) && isNumeric($0) }
    guard !numeric.isEmpty else {
      if let table = self as? any CSVTable { throw try table.csv.noNumbers(except: excluded) }
      throw .file(path: path, problem: "has no column of numbers to feed the model with.")
    }
    return numeric
  }
}

extension Array where Element: Hashable {
  /// The first element that stands further ahead already.
  var firstRepeated: Element? {
    var seen: Set<Element> = []
    return first { !seen.insert($0).inserted }
  }
}
