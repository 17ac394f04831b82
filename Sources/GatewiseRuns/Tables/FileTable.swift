import Gatewise

/// A CSV file that is too large for memory: its rows are read from the file on demand.
///
/// One pass over the bytes checks the whole file, records the position of every 64th row, and determines the numeric
/// columns. Memory: 16 bytes per 64 rows. It accepts and rejects the same files as `Table`, with the same errors,
/// except that the numbers of a column are checked when they are read. The file must not be changed meanwhile.
public struct FileTable: CSVTable {
  let csv: CSVFile

  /// The size in bytes above which a file is better read on demand than held by `Table`.
  public static var usualLimit: Int { 64 << 20 }

  /// Opens a file and scans all its bytes once.
  ///
  /// - Throws: As `Table`.
  public init(path: String) throws(GatewiseError) { csv = try CSVFile(DataFile(path: path)) }

  /// Opens a file and reads `piece` bytes at once.
  package init(path: String, piece: Int) throws(GatewiseError) {
    csv = try CSVFile(DataFile(path: path), piece: piece)
  }

  /// Returns some of the columns, parsed when they are read.
  public func rows(of columns: [String]) throws(GatewiseError) -> any RowStorage {
    FileRows(csv: csv, columnCount: columns.count, places: try places(of: columns))
  }
}

extension Table {
  /// Opens a CSV file for forecasting: in memory, or read on demand if it has more than `limit` bytes.
  ///
  /// - Throws: `GatewiseError.file`, as `Table` and `FileTable`.
  public static func series(
    path: String, limit: Int = FileTable.usualLimit
  ) throws(GatewiseError) -> any SeriesTable {
    try InputFile(path: path).size > limit ? FileTable(path: path) : Table(path: path)
  }
}

/// Some columns of a CSV file.
private struct FileRows: RowStorage {
  let csv: CSVFile
  let columnCount: Int
  /// For each column of the file, its place among the columns to read.
  let places: [Int?]

  var rowCount: Int { csv.rowCount }

  func read(_ rows: Range<Int>, into values: inout [Double], at position: Int) throws(GatewiseError) {
    try csv.read(rows, places, count: columnCount, into: &values, at: position)
  }
}

/// A table from a CSV file.
protocol CSVTable: SeriesTable {
  var csv: CSVFile { get }
}

extension CSVTable {
  /// The path of the file, for messages.
  public var path: String { csv.file.path }

  /// The names of the columns in the order of the file, without surrounding space.
  public var columns: [String] { csv.columns }

  /// Returns the position of a column.
  ///
  /// - Throws: `GatewiseError.file` that lists the existing columns.
  public func position(of column: String) throws(GatewiseError) -> Int {
    // An empty name finds the first column without a name.
    guard let position = csv.position(of: column) ?? (column.isEmpty ? columns.firstIndex(of: "") : nil) else {
      throw noColumn(column)
    }
    return position
  }

  /// Whether a column is numeric: it has a name, and at least one of its fields is a number.
  ///
  /// Columns of dates and names are left out; a numeric column with missing values is not, and gives an error.
  public func isNumeric(_ column: String) -> Bool { csv.isNumeric(column) }

  /// Returns, for each column of the file, its place among `columns`.
  func places(of columns: [String]) throws(GatewiseError) -> [Int?] {
    var places = [Int?](repeating: nil, count: csv.columns.count)
    for (place, column) in columns.enumerated() {
      let position = try position(of: column)
      guard places[position] == nil else { throw .invalidArgument("The column \"\(column)\" is named twice.") }
      places[position] = place
    }
    return places
  }
}
