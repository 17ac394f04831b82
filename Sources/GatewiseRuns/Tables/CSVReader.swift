import Gatewise

/// Walks over the fields of a CSV file, from some row on. Allocates nothing.
///
/// It accepts what `Table` does by SwiftCSV, which holds a whole file as text: quoted fields with doubled quotes and
/// line ends in them, space around fields, and LF, CR LF, CR, VT or FF at the end of a row.
struct CSVReader {
  /// Where a field's text lies.
  struct Field {
    let bytes: UnsafeRawBufferPointer
    /// Whether the text has quotes that stand twice for one.
    let hasDoubledQuotes: Bool

    /// The text without space around it.
    var text: String {
      let text = String(decoding: bytes, as: UTF8.self)
      return Table.trimmed(hasDoubledQuotes ? text.replacing("\"\"", with: "\"") : text)
    }

    /// The number, NaN and the infinities among them; nil where the text is none.
    @inline(__always)
    var number: Double? {
      guard let start = bytes.baseAddress else { return nil }
      if let number = DecimalNumber.short(start, bytes.count) { return number }
      return DecimalNumber.mayBeNumber(bytes) ? Double(text) : nil
    }
  }

  private let file: MappedFile
  private let start: UnsafeRawPointer
  private let count: Int
  private let delimiter: UInt8
  /// The byte that comes next.
  private(set) var offset: Int
  /// Its line, counted from 1.
  private(set) var line: Int
  /// Whether the last field was its row's last.
  private(set) var hasEndedRow = false

  private static var quote: UInt8 { 0x22 }

  init(_ file: MappedFile, delimiter: UInt8, offset: Int, line: Int) {
    (self.file, self.delimiter) = (file, delimiter)
    (start, count) = (file.bytes.baseAddress!, file.bytes.count)
    (self.offset, self.line) = (offset, line)
  }

  /// Whether nothing comes any more.
  var isAtEnd: Bool { offset >= count }

  /// The next field. Behind the last one of a row `hasEndedRow` is true.
  ///
  /// - Throws: `GatewiseError.file` where a quote is never closed, or stands inside a field that does not begin with one.
  @inline(__always)
  mutating func field() throws(GatewiseError) -> Field {
    while offset < count, byte == 0x20 || byte == 0x09, byte != delimiter { offset += 1 }
    if offset < count, byte == Self.quote { return try quotedField() }
    let first = offset
    var doubles = false
    while offset < count, byte != delimiter, !Self.isNewline(byte) {
      if byte == Self.quote {
        guard offset + 1 < count, start.load(fromByteOffset: offset + 1, as: UInt8.self) == Self.quote else {
          throw strayQuote
        }
        doubles = true
        offset += 1
      }
      offset += 1
    }
    let field = Field(
      bytes: UnsafeRawBufferPointer(start: start + first, count: offset - first), hasDoubledQuotes: doubles)
    endField()
    return field
  }

  /// Passes over a row.
  mutating func skipRow() throws(GatewiseError) {
    repeat { _ = try field() } while !hasEndedRow
  }

  private mutating func quotedField() throws(GatewiseError) -> Field {
    let opening = line
    offset += 1
    let first = offset
    var doubles = false
    while true {
      guard offset < count else {
        throw .file(path: file.path, problem: "line \(opening) has a quote (\") that is never closed.")
      }
      if byte == Self.quote {
        guard offset + 1 < count, start.load(fromByteOffset: offset + 1, as: UInt8.self) == Self.quote else { break }
        doubles = true
        offset += 2
      } else if Self.isNewline(byte) {
        passNewline()
      } else {
        offset += 1
      }
    }
    let field = Field(
      bytes: UnsafeRawBufferPointer(start: start + first, count: offset - first), hasDoubledQuotes: doubles)
    offset += 1
    while offset < count, byte == 0x20 || byte == 0x09, byte != delimiter { offset += 1 }
    guard offset == count || byte == delimiter || Self.isNewline(byte) else { throw strayQuote }
    endField()
    return field
  }

  @inline(__always)
  private mutating func endField() {
    hasEndedRow = offset == count || byte != delimiter
    if offset == count { return }
    if hasEndedRow { passNewline() } else { offset += 1 }
  }

  private mutating func passNewline() {
    let isReturn = byte == 0x0D
    offset += 1
    if isReturn, offset < count, byte == 0x0A { offset += 1 }
    line += 1
  }

  private var strayQuote: GatewiseError {
    .file(
      path: file.path,
      problem: "line \(line) has a quote (\") inside a field that is not quoted as CSV asks for.")
  }

  @inline(__always)
  private var byte: UInt8 { start.load(fromByteOffset: offset, as: UInt8.self) }

  @inline(__always)
  private static func isNewline(_ byte: UInt8) -> Bool { byte &- 0x0A < 4 }
}
