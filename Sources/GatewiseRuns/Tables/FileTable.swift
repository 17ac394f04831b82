import Gatewise

/// A CSV file that is larger than one wants to hold in memory: its rows are read from the file when they are wanted.
///
/// One pass over the bytes checks all of it, notes where every 64th row begins, and finds out which columns have numbers.
/// Memory: 16 bytes for 64 rows. It takes the files that `Table` takes and refuses what that refuses, in the same words;
/// the numbers of a column are looked at when they are read. Leave the file alone meanwhile.
public struct FileTable: CSVTable {
  let csv: CSVFile

  /// Files of more bytes are better read when they are wanted than held by `Table`.
  public static var usualLimit: Int { 64 << 20 }

  /// Opens a file and goes over all its bytes once.
  ///
  /// - Throws: as `Table`.
  public init(path: String) throws(GatewiseError) { csv = try CSVFile(DataFile(path: path)) }

  /// The same, reading `piece` bytes at once.
  package init(path: String, piece: Int) throws(GatewiseError) {
    csv = try CSVFile(DataFile(path: path), piece: piece)
  }

  /// Some of the columns, made from the bytes when they are read.
  public func rows(of columns: [String]) throws(GatewiseError) -> any RowStorage {
    FileRows(csv: csv, columnCount: columns.count, places: try places(of: columns))
  }
}

extension Table {
  /// A CSV file to forecast from: in memory, or read when it is wanted where it has more than `limit` bytes.
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
  /// For each column of the file, its place among those that are read.
  let places: [Int?]

  var rowCount: Int { csv.rowCount }

  func read(_ rows: Range<Int>, into values: inout [Double], at position: Int) throws(GatewiseError) {
    try csv.read(rows, places, count: columnCount, into: &values, at: position)
  }
}

/// A table out of a CSV file.
protocol CSVTable: SeriesTable {
  var csv: CSVFile { get }
}

extension CSVTable {
  /// The file the table came from, as it is named in messages.
  public var path: String { csv.file.path }

  /// The columns' names in the order of the file, without the space around them.
  public var columns: [String] { csv.columns }

  /// The position of a column.
  ///
  /// - Throws: `GatewiseError.file` that lists the columns there are.
  public func position(of column: String) throws(GatewiseError) -> Int {
    // Columns without a name are found, too, the first of them.
    guard let position = csv.position(of: column) ?? (column.isEmpty ? columns.firstIndex(of: "") : nil) else {
      throw noColumn(column)
    }
    return position
  }

  /// Whether a column can be calculated with: it has a name, and at least one of its fields is a number.
  ///
  /// Dates and names have none, so such columns are left out; a column with a few holes is not, and gives an error.
  public func isNumeric(_ column: String) -> Bool { csv.isNumeric(column) }

  /// For each column of the file, its place among some.
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
