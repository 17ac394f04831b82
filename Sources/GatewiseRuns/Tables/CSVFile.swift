import Gatewise

/// A scanned CSV file: its columns, and the positions of its rows. `CSVReader` defines the syntax.
///
/// The first row that is not blank names the columns. Fields are separated by the first comma, tab or semicolon outside
/// quotes in that row. A byte-order mark at the beginning of the file is ignored.
struct CSVFile: Sendable {
  let file: DataFile
  /// The names of the columns, in the order of the file.
  let columns: [String]
  private(set) var rowCount = 0
  private let delimiter: UInt8
  /// The first position of each nonempty name.
  private let positions: [String: Int]
  /// The positions of every 64th row.
  private var starts: [RowStart] = []
  /// Whether each column has a field that is a number.
  private var hasNumbers: [Bool]
  private let buffers: FileBuffers
  private let piece: Int

  /// A position from which rows can be read.
  private struct RowStart {
    let offset: Int
    let line: Int
  }

  /// The number of rows from one known position to the next.
  private static var stride: Int { 64 }
  /// The largest number of columns: each takes memory, even if its name is empty.
  private static var columnLimit: Int { 1 << 20 }
  /// The number of bytes that are searched for a delimiter.
  private static var headSize: Int { 1 << 20 }

  /// Scans the bytes of a file.
  ///
  /// - Parameters:
  ///   - file: The file, in memory or not.
  ///   - piece: The number of bytes to read at once.
  /// - Throws: `GatewiseError.file` if it is not CSV, does not name its columns or gives two the same name, has no
  ///   rows, or a row has another number of fields.
  init(_ file: DataFile, piece: Int = FileWindow.piece) throws(GatewiseError) {
    let buffers = FileBuffers()
    self = try buffers.withBuffer { (buffer) throws(GatewiseError) in
      var window = FileWindow(file, buffer)
      try window.move(to: 0, count: Self.headSize)
      let head = UnsafeRawBufferPointer(rebasing: window.bytes[..<min(window.bytes.count, Self.headSize)])
      if let problem = TextFault.beginning(head, of: file.path) { throw problem }
      let delimiter = Self.delimiter(in: head)
      let start = head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      if file.memory == nil { window = FileWindow(file, buffer) }
      var reader = CSVReader(window, delimiter: delimiter, offset: start, line: 1, piece: piece)
      let header = try Self.header(&reader, of: file)
      var csv = try CSVFile(file, buffers, header, delimiter: delimiter, piece: piece)
      try csv.scan(&reader)
      return csv
    }
  }

  private init(
    _ file: DataFile, _ buffers: FileBuffers, _ header: (names: [String], line: Int), delimiter: UInt8, piece: Int
  ) throws(GatewiseError) {
    (self.file, self.buffers, self.delimiter, self.piece) = (file, buffers, delimiter, piece)
    columns = header.names
    hasNumbers = [Bool](repeating: false, count: columns.count)
    if columns.allSatisfy({ Double($0) != nil }) {
      throw .file(
        path: file.path, problem: "line \(header.line) holds numbers, but the first line must name the columns.")
    }
    var positions: [String: Int] = [:]
    for (position, name) in columns.enumerated() where !name.isEmpty {
      guard positions.updateValue(position, forKey: name) == nil else {
        throw .file(path: file.path, problem: "two columns are named \"\(name)\"; give each a name of its own.")
      }
    }
    self.positions = positions
  }

  /// Returns the first comma, tab or semicolon of the first nonempty line; a comma if there is none.
  private static func delimiter(in head: UnsafeRawBufferPointer) -> UInt8 {
    var (isQuoted, hasBegun) = (false, false)
    for byte in head {
      switch byte {
      case 0x22: isQuoted.toggle()
      case 0x2C, 0x3B, 0x09: if !isQuoted { return byte }
      case 0x0A: if !isQuoted, hasBegun { return 0x2C }
      default: break
      }
      hasBegun = hasBegun || byte != 0x0A && byte != 0x0D && byte != 0x20
    }
    return 0x2C
  }

  /// Returns the fields of the first row that is not blank, and its line.
  private static func header(
    _ reader: inout CSVReader, of file: DataFile
  ) throws(GatewiseError) -> (names: [String], line: Int) {
    while !reader.isAtEnd {
      let line = reader.line
      var (names, isBlank): ([String], Bool) = ([], false)
      repeat {
        let field = try reader.field()
        isBlank = names.isEmpty && reader.hasEndedRow && field.bytes.isEmpty && !field.isQuoted
        guard names.count < columnLimit else {
          throw .file(path: file.path, problem: "line \(line) names more than \(columnLimit) columns.")
        }
        names.append(field.text)
      } while !reader.hasEndedRow
      guard !isBlank else { continue }
      guard names[0].lowercased().prefix(4) != "sep=" || !names.dropFirst().allSatisfy(\.isEmpty) else {
        throw .file(
          path: file.path,
          problem:
            "line \(line) is \"\(names[0])…\", a delimiter hint for spreadsheets, but the first line must name the "
            + "columns; delete this line.")
      }
      return (names, line)
    }
    throw .file(path: file.path, problem: "is empty.")
  }

  /// Scans all rows.
  private mutating func scan(_ reader: inout CSVReader) throws(GatewiseError) {
    while !reader.isAtEnd {
      let start = RowStart(offset: reader.offset, line: reader.line)
      var (count, isBlank) = (0, false)
      repeat {
        let field = try reader.field()
        isBlank = count == 0 && reader.hasEndedRow && field.bytes.isEmpty && !field.isQuoted
        if count < columns.count, !hasNumbers[count] { hasNumbers[count] = field.number != nil }
        count += 1
      } while !reader.hasEndedRow
      guard !isBlank else { continue }
      guard count == columns.count else { throw problem(fields: count, line: start.line) }
      if rowCount % Self.stride == 0 { starts.append(start) }
      rowCount += 1
    }
    guard rowCount > 0 else {
      throw .file(path: file.path, problem: "has no rows below the header.")
    }
  }

  private func problem(fields: Int, line: Int) -> GatewiseError {
    // 1,5 in two columns is four fields.
    let hint =
      fields == 2 * columns.count && delimiter == 0x2C
      ? " Numbers with a decimal comma need a point, or semicolons between the fields." : ""
    return .file(
      path: file.path,
      problem: "line \(line) has \(fields) fields, but the first line names \(columns.count) columns.\(hint)")
  }
}

extension CSVFile {
  /// Returns the position of a column; nil if no column has that name.
  func position(of column: String) -> Int? { positions[column] }

  /// Whether a column has a name, and at least one numeric field.
  func isNumeric(_ column: String) -> Bool { position(of: column).map { hasNumbers[$0] } ?? false }

  /// Calls `body` with every field of some rows, with its row, its column and the line of its row.
  ///
  /// - Parameters:
  ///   - rows: The rows, inside `0..<rowCount`.
  ///   - body: Receives a field, which is valid during the call.
  /// - Throws: `GatewiseError.file` if the file has changed; what `body` throws.
  @inline(__always)
  func forEachField(
    in rows: Range<Int>,
    _ body: (_ field: CSVReader.Field, _ row: Int, _ column: Int, _ line: Int) throws(GatewiseError) -> Void
  ) throws(GatewiseError) {
    guard !rows.isEmpty else { return }
    let start = starts[rows.lowerBound / Self.stride]
    let next = (rows.upperBound - 1) / Self.stride + 1
    let end = next < starts.count ? starts[next].offset : file.size
    try buffers.withBuffer { (buffer) throws(GatewiseError) in
      var reader = CSVReader(
        FileWindow(file, buffer), delimiter: delimiter, offset: start.offset, line: start.line,
        piece: min(piece, end - start.offset))
      var row = rows.lowerBound / Self.stride * Self.stride
      while row < rows.upperBound {
        guard !reader.isAtEnd else { throw changed }
        let (line, isWanted) = (reader.line, row >= rows.lowerBound)
        var (count, isBlank) = (0, false)
        repeat {
          let field = try reader.field()
          isBlank = count == 0 && reader.hasEndedRow && field.bytes.isEmpty && !field.isQuoted
          guard count < columns.count else { throw changed }
          // Whether a line is blank is known only at its end.
          if isWanted, !isBlank { try body(field, row, count, line) }
          count += 1
        } while !reader.hasEndedRow
        guard !isBlank else { continue }
        guard count == columns.count else { throw changed }
        row += 1
      }
    }
  }

  /// Reads the numbers of some columns, with the column index varying fastest.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - places: For each column of the file, its place among the columns to read.
  ///   - count: The number of columns to read.
  ///   - values: The output, which must be large enough.
  ///   - position: The index in `values` of the first number.
  /// - Throws: `GatewiseError.file` naming line and column of a field that is not a finite number; as
  ///   `forEachField(in:_:)`.
  func read(
    _ rows: Range<Int>, _ places: [Int?], count: Int, into values: inout [Double], at position: Int
  ) throws(GatewiseError) {
    try forEachField(in: rows) { (field, row, column, line) throws(GatewiseError) in
      guard let place = places[column] else { return }
      let number = try number(of: field, line: line, column: column)
      values[position + (row - rows.lowerBound) * count + place] = number
    }
  }

  /// Returns the number in a field.
  ///
  /// - Throws: `GatewiseError.file` naming line and column of a field that is not a finite number.
  func number(of field: CSVReader.Field, line: Int, column: Int) throws(GatewiseError) -> Double {
    guard let number = field.number, number.isFinite else { throw problem(field.text, line: line, column: column) }
    return number
  }

  /// Returns the error for a field that is not a finite number.
  func problem(_ field: String, line: Int, column: Int) -> GatewiseError {
    let place = "line \(line), column " + (columns[column].isEmpty ? "\(column + 1)" : "\"\(columns[column])\"")
    guard Double(field) == nil else {
      return .file(path: file.path, problem: "\(place) holds \(field), which is not a finite number.")
    }
    guard !field.isEmpty else {
      return .file(path: file.path, problem: "\(place) is empty, but a number is expected.")
    }
    let hint = NumberHint.sentence(for: field).map { "; \($0)" } ?? ""
    return .file(path: file.path, problem: "\(place) holds \(quoted(field)), which is not a number\(hint).")
  }

  /// Returns the error for a file without input columns, with the first field that looks most like a number.
  ///
  /// - Parameter excluded: Columns that are not inputs, whatever they hold.
  func noNumbers(except excluded: Set<String>) throws(GatewiseError) -> GatewiseError {
    var (first, hinted): (String?, String?)
    try forEachField(in: 0..<1) { (field, _, column, line) throws(GatewiseError) in
      guard hinted == nil, !columns[column].isEmpty, !excluded.contains(columns[column]) else { return }
      let text = field.text
      let found = "line \(line), column \"\(columns[column])\" holds \(quoted(text))"
      let hint = NumberHint.sentence(for: text)
      if let hint { hinted = "\(found); \(hint)" }
      first = first ?? found
    }
    let example = (hinted ?? first).map { ": \($0)" } ?? ""
    return .file(path: file.path, problem: "has no column of numbers for the model's input\(example).")
  }

  private var changed: GatewiseError {
    .file(
      path: file.path,
      problem: "was changed while it was read; leave the file alone during a run, and start again.")
  }
}
