import Gatewise

/// A CSV file in memory: named columns and rows of equal length.
///
/// The file is text in UTF-8, with or without a byte-order mark. Rows end in LF or CR LF. The first row names the
/// columns; fields are separated by the first of comma, tab and semicolon in it. Quoted fields may span lines; lines of
/// only spaces and tabs are ignored, and so are spaces and tabs around a field. Otherwise RFC 4180 applies: a
/// quote inside an unquoted field, a lone CR, and a row with another number of fields are errors.
///
/// Memory: the bytes of the file, and 16 bytes per 64 rows.
public struct Table: CSVTable {
  let csv: CSVFile

  /// Reads a CSV file.
  ///
  /// - Throws: `GatewiseError.file` if the file is missing, unreadable, empty or not text, two columns have the same
  ///   name, the first line does not name columns, a row has another number of fields, or a quote is not closed.
  public init(path: String) throws(GatewiseError) { csv = try CSVFile(DataFile(path: path, staysInMemory: true)) }

  /// The number of rows.
  public var rowCount: Int { csv.rowCount }

  /// The fields of each row. Computed on each access: O(bytes of the file).
  public var rows: [[String]] {
    var rows = [[String]](repeating: [], count: csv.rowCount)
    forEachField { field, row, _, _ in rows[row].append(field.text) }
    return rows
  }

  /// The line of the file on which each row begins, counted from 1. Computed on each access: O(bytes of the file).
  public var lines: [Int] {
    var lines = [Int](repeating: 0, count: csv.rowCount)
    forEachField { _, row, _, line in lines[row] = line }
    return lines
  }

  /// Returns the distinct values of a column, in the order in which they first appear, and the index of each row's
  /// value.
  ///
  /// Memory: 8 bytes per row, and each value once with about 200 additional bytes.
  ///
  /// - Throws: `GatewiseError.file` if there is no such column, or memory does not suffice.
  func groups(in column: String) throws(GatewiseError) -> (names: [String], ofRows: [Int]) {
    let position = try position(of: column)
    try requireMemory(bytesOfRow: 8)
    var (names, ofRows, indices): ([String], [Int], [String: Int]) = ([], [], [:])
    var (bytes, checked) = (0, 1024)
    ofRows.reserveCapacity(csv.rowCount)
    try csv.forEachField(in: 0..<csv.rowCount) { (field, _, column, _) throws(GatewiseError) in
      guard column == position else { return }
      let name = field.text
      let index = indices[name] ?? names.count
      if index == names.count {
        // Their number is not known in advance; before the lists grow, there must be memory for twice as many.
        bytes += 200 + (name.utf8.count > 15 ? 32 + name.utf8.count : 0)
        if names.count == checked {
          try MemoryLimit.require(bytes: Double(bytes), toRead: path)
          checked *= 2
        }
        indices[name] = index
        names.append(name)
      }
      ofRows.append(index)
    }
    return (names, ofRows)
  }

  /// Returns all values of a column. O(bytes of the file).
  ///
  /// - Throws: `GatewiseError.file` naming line and column of the first field that is empty, not a number or not
  ///   finite.
  public func numbers(in column: String) throws(GatewiseError) -> [Double] { try numbers(in: [column])[0] }

  /// Returns all values of some columns, one list per column. O(bytes of the file).
  ///
  /// - Throws: As `numbers(in:)`; `GatewiseError.invalidArgument` if a column is named twice.
  public func numbers(in columns: [String]) throws(GatewiseError) -> [[Double]] {
    try numbers(places: places(of: columns), count: columns.count)
  }

  /// Returns all values of all columns, one list per column. O(bytes of the file).
  ///
  /// - Throws: As `numbers(in:)`.
  public func numbers() throws(GatewiseError) -> [[Double]] {
    try numbers(places: Array(columns.indices), count: columns.count)
  }

  /// Returns some of the columns, in memory.
  public func rows(of columns: [String]) throws(GatewiseError) -> any RowStorage {
    MemoryRows(values: try values(places: places(of: columns), count: columns.count), columnCount: columns.count)
  }

  private func numbers(places: [Int?], count: Int) throws(GatewiseError) -> [[Double]] {
    try requireMemory(bytesOfRow: 8 * count)
    var columns = [[Double]](repeating: [], count: count)
    // Separately: copies of one list would be reallocated.
    for place in columns.indices { columns[place] = [Double](repeating: 0, count: csv.rowCount) }
    try csv.forEachField(in: 0..<csv.rowCount) { (field, row, column, line) throws(GatewiseError) in
      guard let place = places[column] else { return }
      columns[place][row] = try csv.number(of: field, line: line, column: column)
    }
    return columns
  }

  private func values(places: [Int?], count: Int) throws(GatewiseError) -> [Double] {
    try requireMemory(bytesOfRow: 8 * count)
    var values = [Double](repeating: 0, count: csv.rowCount * count)
    try csv.read(0..<csv.rowCount, places, count: count, into: &values, at: 0)
    return values
  }

  /// Checks that memory suffices for a value of every row; fields of two bytes, such as "1,", become numbers of eight.
  ///
  /// - Throws: `GatewiseError.file` with the memory that is needed and available.
  private func requireMemory(bytesOfRow: Int) throws(GatewiseError) {
    try MemoryLimit.require(bytes: Double(csv.rowCount) * Double(bytesOfRow), toRead: path)
  }

  private func forEachField(_ body: (_ field: CSVReader.Field, _ row: Int, _ column: Int, _ line: Int) -> Void) {
    do throws(GatewiseError) {
      try csv.forEachField(in: 0..<csv.rowCount) { (field, row, column, line) throws(GatewiseError) in
        body(field, row, column, line)
      }
    } catch { preconditionFailure("bytes in memory can always be read: \(error)") }
  }
}
