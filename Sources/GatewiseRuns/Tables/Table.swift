import Gatewise

/// A CSV file in memory: named columns and rows of equal length.
///
/// The file is text in UTF-8, a byte order mark in front of it or none. Rows end in LF or CR LF. The first row names the
/// columns; fields are separated by the first of comma, tab and semicolon in it. Quoted fields may span lines; lines with
/// nothing but spaces and tabs are passed over, and so are spaces and tabs around a field. Otherwise RFC 4180 holds: a
/// quote inside a field that does not begin with one, a lone CR, and a row with another number of fields are errors.
///
/// Memory: the bytes of the file, and 16 bytes for 64 rows.
public struct Table: CSVTable {
  let csv: CSVFile

  /// Reads a CSV file.
  ///
  /// - Throws: `GatewiseError.file` where the file is missing, unreadable, empty or not text, two columns have one name,
  ///   the first line does not name columns, a row has another number of fields, or a quote is not closed.
  public init(path: String) throws(GatewiseError) { csv = try CSVFile(DataFile(path: path, staysInMemory: true)) }

  /// The number of rows.
  public var rowCount: Int { csv.rowCount }

  /// The fields of each row. Made anew: O(bytes of the file).
  public var rows: [[String]] {
    var rows = [[String]](repeating: [], count: csv.rowCount)
    forEachField { field, row, _, _ in rows[row].append(field.text) }
    return rows
  }

  /// The line of the file on which each row begins, counted from 1. Made anew: O(bytes of the file).
  public var lines: [Int] {
    var lines = [Int](repeating: 0, count: csv.rowCount)
    forEachField { _, row, _, line in lines[row] = line }
    return lines
  }

  /// All values of a column, as they stand in the file. O(bytes of the file).
  ///
  /// - Throws: `GatewiseError.file` where there is no such column.
  public func texts(in column: String) throws(GatewiseError) -> [String] {
    let position = try position(of: column)
    var texts: [String] = []
    texts.reserveCapacity(csv.rowCount)
    forEachField { field, _, column, _ in
      if column == position { texts.append(field.text) }
    }
    return texts
  }

  /// The different values of a column, in the order in which they first appear, and which of them each row has.
  ///
  /// Memory: 8 bytes a row, and each value once with some 200 bytes beside it.
  ///
  /// - Throws: `GatewiseError.file` where there is no such column, or no room for its values.
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
        // How many there will be, nobody knows; before their lists grow there must be room for twice as many.
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

  /// All values of a column. O(bytes of the file).
  ///
  /// - Throws: `GatewiseError.file` naming line and column of the first field that is empty, no number or not finite.
  public func numbers(in column: String) throws(GatewiseError) -> [Double] { try numbers(in: [column])[0] }

  /// All values of some columns, a list for each. O(bytes of the file).
  ///
  /// - Throws: as `numbers(in:)`; `GatewiseError.invalidArgument` where a column is named twice.
  public func numbers(in columns: [String]) throws(GatewiseError) -> [[Double]] {
    try numbers(places: places(of: columns), count: columns.count)
  }

  /// All values of all columns, a list for each. O(bytes of the file).
  ///
  /// - Throws: as `numbers(in:)`.
  public func numbers() throws(GatewiseError) -> [[Double]] {
    try numbers(places: Array(columns.indices), count: columns.count)
  }

  /// Some of the columns, in memory.
  public func rows(of columns: [String]) throws(GatewiseError) -> any RowStorage {
    MemoryRows(values: try values(places: places(of: columns), count: columns.count), columnCount: columns.count)
  }

  private func numbers(places: [Int?], count: Int) throws(GatewiseError) -> [[Double]] {
    try requireMemory(bytesOfRow: 8 * count)
    var columns = [[Double]](repeating: [], count: count)
    // By itself each: copies of one list would be made anew.
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

  /// Checks that there is room for something of every row; fields of two bytes, such as "1,", become numbers of eight.
  ///
  /// - Throws: `GatewiseError.file` that says how much is needed, and how much there is.
  private func requireMemory(bytesOfRow: Int) throws(GatewiseError) {
    try MemoryLimit.require(bytes: Double(csv.rowCount) * Double(bytesOfRow), toRead: path)
  }

  private func forEachField(_ body: (_ field: CSVReader.Field, _ row: Int, _ column: Int, _ line: Int) -> Void) {
    do throws(GatewiseError) {
      try csv.forEachField(in: 0..<csv.rowCount) { (field, row, column, line) throws(GatewiseError) in
        body(field, row, column, line)
      }
    } catch { preconditionFailure("bytes in memory have been read before: \(error)") }
  }
}
