import Gatewise
import SwiftCSV

/// A CSV file as fields of text: named columns and rows of equal length.
///
/// Read through SwiftCSV. The first line names the columns; fields are separated by the first of comma, tab and
/// semicolon in that line; blank lines are passed over. Quoted fields may span lines.
public struct Table: SeriesTable {
  /// The file the table came from, as it is named in messages.
  public let path: String
  /// The columns' names in the order of the file, without the space around them.
  public let columns: [String]
  /// The fields of each row.
  public let rows: [[String]]
  /// The line of the file on which each row begins, counted from 1.
  public let lines: [Int]

  /// Reads a CSV file.
  ///
  /// - Throws: `GatewiseError.file` where the file is missing, unreadable, empty or binary, two columns have one name,
  ///   the first line does not name columns, a row has another number of fields, or a quote is not closed.
  public init(path: String) throws(GatewiseError) {
    // Rows of fields take nine times the bytes of the file.
    try self.init(text: TextFile.text(at: path, copies: 11), path: path)
  }

  /// Reads a table from the text of the file `path`.
  init(text: String, path: String) throws(GatewiseError) {
    let records = try Self.records(of: text, path: path)
    guard let header = records.first else { throw .file(path: path, problem: "is empty.") }
    let columns = try Self.columns(header.fields, line: header.line, path: path)
    for record in records where record.fields.count != columns.count {
      throw Self.problem(fields: record.fields.count, of: columns.count, line: record.line, path: path)
    }
    guard records.count > 1 else { throw .file(path: path, problem: "has no rows below the names of its columns.") }
    self.path = path
    self.columns = columns
    rows = records.dropFirst().map { $0.fields.map(Self.trimmed) }
    lines = records.dropFirst().map(\.line)
  }

  /// The names of columns out of the first row's fields.
  ///
  /// - Throws: `GatewiseError.file` where they are numbers, or two of them are the same.
  static func columns(_ fields: [String], line: Int, path: String) throws(GatewiseError) -> [String] {
    let columns = fields.map(trimmed)
    if columns.allSatisfy({ Double($0) != nil }) {
      throw .file(path: path, problem: "line \(line) holds numbers, but the first line has to name the columns.")
    }
    for (index, name) in columns.enumerated() where !name.isEmpty && columns[..<index].contains(name) {
      throw .file(path: path, problem: "two columns are named \"\(name)\"; give each a name of its own.")
    }
    return columns
  }

  /// What is wrong with a row of another number of fields.
  static func problem(fields: Int, of columns: Int, line: Int, path: String) -> GatewiseError {
    .file(
      path: path,
      problem: "line \(line) has \(fields) fields, but the first line names \(columns) columns.")
  }

  private typealias Record = (fields: [String], line: Int)

  /// All rows that are not blank, the header among them, each with its line.
  private static func records(of text: String, path: String) throws(GatewiseError) -> [Record] {
    // A last row of our own shows whether a quote was left open, and that SwiftCSV gives an empty last field.
    let end = "\u{2}end"
    let whole = text + (text.last?.isNewline == true ? "" : "\n") + end + "\n"
    var records: [Record] = []
    do {
      // A row limit of 0 parses the header alone; the rows come below, without being filled up to one length.
      let csv = try CSV<Enumerated>(
        string: whole, delimiter: .guessed(string: text), loadColumns: false, rowLimit: 0)
      let collector = Collector()
      try csv.enumerateAsArray(startAt: 0, rowLimit: nil) { collector.append($0) }
      records = collector.records
    } catch {
      throw .file(path: path, problem: "has a quote (\") inside a field that is not quoted as CSV asks for.")
    }
    guard let last = records.popLast(), last.fields == [end] else {
      throw .file(path: path, problem: "has a quote (\") that is never closed.")
    }
    return records.filter { $0.fields.contains { !$0.isEmpty } || $0.fields.count > 1 }
  }

  /// Takes rows from SwiftCSV's escaping closure and counts the lines they span.
  private final class Collector {
    var records: [Record] = []
    private var line = 1

    func append(_ fields: [String]) {
      records.append((fields, line))
      line += 1 + fields.reduce(0) { $0 + $1.count(where: \.isNewline) }
    }
  }

  /// A field without the space around it.
  static func trimmed(_ field: String) -> String {
    let isSpace: (Character) -> Bool = { $0.isWhitespace }
    guard field.first.map(isSpace) == true || field.last.map(isSpace) == true else { return field }
    let head = field.drop(while: isSpace)
    return String(head.prefix(head.count - head.reversed().prefix(while: isSpace).count))
  }
}

extension Table {
  /// All values of a column.
  ///
  /// - Throws: `GatewiseError.file` naming line and column of the first field that is empty, no number or not finite.
  public func numbers(in column: String) throws(GatewiseError) -> [Double] {
    let position = try position(of: column)
    var numbers: [Double] = []
    numbers.reserveCapacity(rows.count)
    for (row, fields) in rows.enumerated() {
      let field = fields[position]
      guard let number = Double(field), number.isFinite else {
        throw Self.problem(field, line: lines[row], column: column, path: path)
      }
      numbers.append(number)
    }
    return numbers
  }

  /// Whether a column can be calculated with: it has a name, and at least one of its fields is a number.
  ///
  /// Dates and names have none, so such columns are left out; a column with a few holes is not, and gives an error.
  public func isNumeric(_ column: String) -> Bool {
    guard !column.isEmpty, let position = columns.firstIndex(of: column) else { return false }
    return rows.contains { Double($0[position]) != nil }
  }

  /// Some of the columns, in memory.
  public func rows(of columns: [String]) throws(GatewiseError) -> any RowStorage {
    var numbers: [[Double]] = []
    for column in columns { numbers.append(try self.numbers(in: column)) }
    return MemoryRows(columns: numbers)
  }

  /// What is wrong with a field that is no finite number.
  static func problem(_ field: String, line: Int, column: String, path: String) -> GatewiseError {
    let place = "line \(line), column \"\(column)\""
    guard Double(field) == nil else {
      return .file(path: path, problem: "\(place) holds \(field), which is not a finite number.")
    }
    let found = field.isEmpty ? "is empty, but every row needs a number" : "holds \"\(field)\", which is no number"
    return .file(path: path, problem: "\(place) \(found).")
  }
}
