import Gatewise

/// Rows of numbers, in memory or not, from which a series is read in parts.
public protocol RowStorage: Sendable {
  /// The number of rows.
  var rowCount: Int { get }
  /// The number of columns.
  var columnCount: Int { get }

  /// Copies rows, with the column index varying fastest. Allocates nothing in the steady state.
  ///
  /// - Parameters:
  ///   - rows: The rows, inside `0..<rowCount`.
  ///   - values: The output, which must be large enough.
  ///   - position: The index in `values` of the first number.
  /// - Throws: `GatewiseError.file` naming the place of a number that is not finite, or if the file has changed.
  func read(_ rows: Range<Int>, into values: inout [Double], at position: Int) throws(GatewiseError)
}

/// Rows in memory.
struct MemoryRows: RowStorage {
  let rowCount: Int
  let columnCount: Int
  private let values: [Double]

  /// - Parameter values: The rows, one after the other.
  /// - Precondition: There is at least one column.
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
  /// The path of the file, for messages.
  var path: String { get }
  /// The names of the columns in the order of the file.
  var columns: [String] { get }

  /// Returns the position of a column.
  ///
  /// - Throws: `GatewiseError.file` that lists the existing columns.
  func position(of column: String) throws(GatewiseError) -> Int

  /// Whether a column is numeric: it has a name, and at least one of its fields is a number.
  func isNumeric(_ column: String) -> Bool

  /// Returns some of the columns, in the given order.
  ///
  /// - Precondition: At least one column is given, and none twice.
  /// - Throws: `GatewiseError.file` if a column does not exist, or naming line and column of a field that is not a
  ///   finite number, unless it is detected later, in reading.
  func rows(of columns: [String]) throws(GatewiseError) -> any RowStorage
}

extension SeriesTable {
  /// Returns the position of a column, from the list of names.
  ///
  /// - Throws: `GatewiseError.file` that lists the existing columns.
  public func position(of column: String) throws(GatewiseError) -> Int {
    guard let position = columns.firstIndex(of: column) else { throw noColumn(column) }
    return position
  }

  /// Returns the error for a missing column, which lists the existing ones.
  func noColumn(_ column: String) -> GatewiseError {
    let named = columns.lazy.filter { !$0.isEmpty }
    let present = named.prefix(100).joined(separator: ", ")
    let rest = columns.count > 100 && named.dropFirst(100).first != nil ? ", …" : ""
    return .file(path: path, problem: "has no column \"\(column)\"; its columns are \(present)\(rest).")
  }

  /// Returns the input columns: those requested, or all numeric ones except `excluded`.
  ///
  /// - Throws: `GatewiseError.file` if a column does not exist, or none is left.
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
      throw .file(path: path, problem: "has no column of numbers for the model's input.")
    }
    return numeric
  }
}

extension Array where Element: Hashable {
  /// The first element that is equal to an earlier one.
  var firstRepeated: Element? {
    var seen: Set<Element> = []
    return first { !seen.insert($0).inserted }
  }
}
