import Gatewise
import SwiftCSV

/// A CSV file that is larger than one wants to hold in memory: its rows are read where they lie.
///
/// One pass over the bytes checks that all rows have as many fields as there are names, notes where every 64th row begins,
/// and finds out which columns have numbers. Memory: 16 bytes for 64 rows. It takes the files that `Table` takes and
/// refuses what that refuses; the numbers of a column are looked at when they are read. Leave the file alone meanwhile.
public struct MappedTable: SeriesTable {
  /// The columns' names in the order of the file, without the space around them.
  public let columns: [String]
  private let csv: MappedCSV
  private let hasNumbers: [Bool]

  /// Files of more bytes are better mapped than read by `Table`, which takes nine times their size.
  public static var usualLimit: Int { 64 << 20 }
  /// The most bytes of the row that names the columns.
  private static var headerLimit: Int { 1 << 20 }

  /// The file, as it is named in messages.
  public var path: String { csv.file.path }

  /// Opens a file and goes over all its bytes once.
  ///
  /// - Throws: `GatewiseError.file` where the file is missing, unreadable, empty or binary, two columns have one name, the
  ///   first line does not name columns, a row has another number of fields, or a quote is not closed.
  public init(path: String) throws(GatewiseError) {
    let file = try MappedFile(path: path)
    let start = file.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let head = UnsafeRawBufferPointer(rebasing: file.bytes[start..<min(file.bytes.count, start + Self.headerLimit)])
    let delimiter = CSVDelimiter.guessed(string: String(decoding: head, as: UTF8.self)).rawValue.asciiValue
    guard !head.contains(0), let delimiter else { throw TextFile.problem(head, of: path) }

    var reader = CSVReader(file, delimiter: delimiter, offset: start, line: 1)
    var (header, line): ([String], Int) = ([], 1)
    while header.count < 2, header.first?.isEmpty ?? true {
      guard !reader.isAtEnd else { throw .file(path: path, problem: "is empty.") }
      line = reader.line
      header = []
      repeat {
        header.append(try reader.field().text)
        guard reader.offset - start <= Self.headerLimit else {
          throw .file(
            path: path, problem: "has no end of its first line within \(Self.headerLimit) bytes; it is no table.")
        }
      } while !reader.hasEndedRow
    }
    columns = try Table.columns(header, line: line, path: path)
    var scan = CSVScan(columns: columns)
    try scan.read(&reader, of: file)
    guard scan.rowCount > 0 else { throw .file(path: path, problem: "has no rows below the names of its columns.") }
    csv = MappedCSV(
      file: file, delimiter: delimiter, columns: columns, rowCount: scan.rowCount, starts: scan.starts)
    hasNumbers = scan.hasNumbers
  }

  /// Whether a column can be calculated with: it has a name, and at least one of its fields is a number.
  public func isNumeric(_ column: String) -> Bool {
    guard !column.isEmpty, let position = columns.firstIndex(of: column) else { return false }
    return hasNumbers[position]
  }

  /// Some of the columns, made from the bytes when they are read.
  public func rows(of columns: [String]) throws(GatewiseError) -> any RowStorage {
    var places = [Int?](repeating: nil, count: self.columns.count)
    for (place, column) in columns.enumerated() { places[try position(of: column)] = place }
    return MappedRows(csv: csv, columnCount: columns.count, places: places)
  }
}

extension Table {
  /// A CSV file to forecast from: read into memory, or mapped where it has more than `limit` bytes.
  ///
  /// - Throws: `GatewiseError.file`, as `Table` and `MappedTable`.
  public static func series(
    path: String, limit: Int = MappedTable.usualLimit
  ) throws(GatewiseError) -> any SeriesTable {
    try InputFile(path: path).size > limit ? MappedTable(path: path) : Table(path: path)
  }
}

/// A place from which rows can be read.
private struct RowStart {
  let offset: Int
  let line: Int
}

/// What one pass over the rows of a table finds.
private struct CSVScan {
  let columns: [String]
  private(set) var rowCount = 0
  /// Where every 64th row begins.
  private(set) var starts: [RowStart] = []
  private(set) var hasNumbers: [Bool]

  /// Bytes after which the pages behind are given back.
  private static var kept: Int { 1 << 24 }

  init(columns: [String]) {
    self.columns = columns
    hasNumbers = [Bool](repeating: false, count: columns.count)
  }

  /// - Throws: `GatewiseError.file` where a row has another number of fields, or a quote is wrong.
  mutating func read(_ reader: inout CSVReader, of file: MappedFile) throws(GatewiseError) {
    file.expect(.once)
    defer { file.expect(.streams) }
    var released = 0
    while !reader.isAtEnd {
      if reader.offset - released > 2 * Self.kept {
        try file.checkLength()
        file.release(released..<(reader.offset - Self.kept))
        released = reader.offset - Self.kept
      }
      let start = RowStart(offset: reader.offset, line: reader.line)
      guard let count = try fields(&reader) else { continue }
      guard count == columns.count else {
        throw Table.problem(fields: count, of: columns.count, line: start.line, path: file.path)
      }
      if rowCount % MappedCSV.stride == 0 { starts.append(start) }
      rowCount += 1
    }
    file.release(released..<reader.offset)
  }

  /// The number of fields of a row; nil for a blank line.
  private mutating func fields(_ reader: inout CSVReader) throws(GatewiseError) -> Int? {
    var (count, isBlank) = (0, false)
    repeat {
      let field = try reader.field()
      isBlank = count == 0 && field.bytes.isEmpty
      if count < columns.count, !hasNumbers[count] { hasNumbers[count] = field.number != nil }
      count += 1
    } while !reader.hasEndedRow
    return isBlank ? nil : count
  }
}

/// The rows of a CSV file and where they lie.
private struct MappedCSV: Sendable {
  let file: MappedFile
  let delimiter: UInt8
  let columns: [String]
  let rowCount: Int
  let starts: [RowStart]

  /// Rows from one known place to the next.
  static var stride: Int { 64 }
}

/// Some columns of a CSV file.
private struct MappedRows: RowStorage {
  let csv: MappedCSV
  let columnCount: Int
  /// For each column of the file, its place among those that are read.
  let places: [Int?]

  var rowCount: Int { csv.rowCount }

  func read(_ rows: Range<Int>, into values: inout [Double], at position: Int) throws(GatewiseError) {
    guard !rows.isEmpty else { return }
    try csv.file.checkLength()
    let start = csv.starts[rows.lowerBound / MappedCSV.stride]
    var reader = CSVReader(csv.file, delimiter: csv.delimiter, offset: start.offset, line: start.line)
    for _ in 0..<(rows.lowerBound % MappedCSV.stride) { try pass(&reader) }
    for row in rows.indices {
      try read(&reader, into: &values, at: position + (row - rows.lowerBound) * columnCount)
    }
  }

  /// Passes over a row, and over the blank lines in front of it.
  private func pass(_ reader: inout CSVReader) throws(GatewiseError) {
    var isBlank = true
    while isBlank {
      guard !reader.isAtEnd else { throw changed }
      var count = 0
      repeat {
        isBlank = try reader.field().bytes.isEmpty && count == 0
        count += 1
      } while !reader.hasEndedRow
    }
  }

  /// Reads a row, and passes over the blank lines in front of it.
  private func read(
    _ reader: inout CSVReader, into values: inout [Double], at position: Int
  ) throws(GatewiseError) {
    var isBlank = true
    while isBlank {
      guard !reader.isAtEnd else { throw changed }
      let line = reader.line
      var count = 0
      repeat {
        let field = try reader.field()
        isBlank = count == 0 && field.bytes.isEmpty
        // A blank line is known as such when it has ended.
        if count < places.count, let place = places[count], !(isBlank && reader.hasEndedRow) {
          guard let number = field.number, number.isFinite else {
            throw Table.problem(field.text, line: line, column: csv.columns[count], path: csv.file.path)
          }
          values[position + place] = number
        }
        count += 1
      } while !reader.hasEndedRow
      guard isBlank || count == places.count else { throw changed }
    }
  }

  private var changed: GatewiseError {
    .file(
      path: csv.file.path,
      problem: "is no longer the table that it was; leave the file alone during a run, and begin again.")
  }
}
