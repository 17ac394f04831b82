import Gatewise

/// A reader of the fields of a CSV file, from a given row on. It is the only CSV parser: it reads the bytes through a
/// window, either all of a file in memory or one piece after the other. It allocates only the window's buffer.
///
/// The format is RFC 4180 in UTF-8:
///
/// - A row ends in LF or CR LF; the end of the last row may be missing. A CR without LF is an error, except inside
///   quotes. A vertical tab and a form feed are ordinary characters.
/// - A field may be in quotes ("). It then may contain delimiters and line ends, and a doubled quote stands for one.
///   Quotes inside an unquoted field are an error, and so is text after the closing quote.
/// - Spaces and tabs around a field are ignored, inside its quotes and outside. (RFC 4180 keeps them.)
/// - A line with only spaces and tabs is not a row; one with only "" is a row with one empty field.
/// - Bytes that are not UTF-8, and NUL, are errors everywhere.
struct CSVReader {
  /// The text of a field in the window.
  struct Field {
    /// The text without its quotes, and without space around these.
    let bytes: UnsafeRawBufferPointer
    /// Whether the field is quoted.
    let isQuoted: Bool
    /// Whether the text contains doubled quotes.
    let hasDoubledQuotes: Bool

    /// The text without surrounding space.
    var text: String {
      let text = String(decoding: bytes, as: UTF8.self)
      guard isQuoted else { return text }
      let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
      guard let last = text.lastIndex(where: { !isSpace($0) }) else { return "" }
      let inside = text[...last].drop(while: isSpace)
      return hasDoubledQuotes ? String(inside).replacing("\"\"", with: "\"") : String(inside)
    }

    /// The number, which may be NaN or infinite; nil if the text is not a number.
    @inline(__always)
    var number: Double? {
      guard let start = bytes.baseAddress else { return nil }
      if let number = DecimalNumber.short(start, bytes.count) { return number }
      return DecimalNumber.mayBeNumber(bytes) ? Double(text) : nil
    }
  }

  /// The line of the next byte, counted from 1.
  private(set) var line: Int
  /// Whether the last field was the last one of its row.
  private(set) var hasEndedRow = false
  private var window: FileWindow
  /// The position of the next byte in the window.
  private var position = 0
  private var start: UnsafeRawPointer?
  private let delimiter: UInt8
  private let piece: Int

  /// The largest size of a field in bytes, including its quotes and the space around them.
  static var fieldLimit: Int { 1 << 24 }
  private static var quote: UInt8 { 0x22 }

  /// - Parameters:
  ///   - window: A window of the file.
  ///   - delimiter: The delimiter of the fields.
  ///   - offset: The first byte of a row, or the end of the file.
  ///   - line: The line of that row.
  ///   - piece: The number of bytes to read at once.
  init(_ window: FileWindow, delimiter: UInt8, offset: Int, line: Int, piece: Int = FileWindow.piece) {
    (self.window, self.delimiter, self.line, self.piece) = (window, delimiter, line, max(piece, 1))
    (position, start) = (offset - window.start, window.bytes.baseAddress)
  }

  /// The offset of the next byte in the file.
  var offset: Int { window.start + position }

  /// Whether all bytes have been read.
  var isAtEnd: Bool { offset >= window.file.size }

  /// Returns the next field, valid up to the next call. After the last one of a row `hasEndedRow` is true.
  ///
  /// - Throws: `GatewiseError.file` with the line if the file is not CSV, or has become shorter.
  @inline(__always)
  mutating func field() throws(GatewiseError) -> Field {
    while true {
      if let field = try wholeField() { return field }
      try seeMore()
    }
  }

  /// Skips a row.
  mutating func skipRow() throws(GatewiseError) {
    repeat { _ = try field() } while !hasEndedRow
  }

  /// Returns the next field; nil, with nothing changed, if the window ends before the field does.
  @inline(__always)
  private mutating func wholeField() throws(GatewiseError) -> Field? {
    let end = min(window.bytes.count, position + Self.fieldLimit)
    let isLast = window.start + end == window.file.size
    var at = position
    while at < end, isSpace(byte(at)) { at += 1 }
    if at < end, byte(at) == Self.quote { return try quotedField(at, end: end, isLast: isLast) }
    let first = at
    var bits: UInt8 = 0
    while true {
      guard at < end else {
        if isLast { break } else { return nil }
      }
      let next = byte(at)
      // Most characters are above the quote in ASCII.
      if next > Self.quote, next != delimiter {
        bits |= next
      } else if next == delimiter || next == 0x0A {
        break
      } else if next == 0x0D {
        guard at + 1 < end || isLast else { return nil }
        guard at + 1 < end, byte(at + 1) == 0x0A else { throw problem(Self.loneReturn, line: line) }
        break
      } else if next == Self.quote {
        throw problem(Self.strayQuote, line: line)
      } else if next == 0 {
        throw TextFault.nul(at: window.start + at, of: window.file.path)
      }
      at += 1
    }
    if bits >= 0x80 { try validate(first, at) }
    var last = at
    while last > first, isSpace(byte(last - 1)) { last -= 1 }
    let field = Field(
      bytes: UnsafeRawBufferPointer(start: start.map { $0 + first }, count: last - first), isQuoted: false,
      hasDoubledQuotes: false)
    endField(at, end: end)
    return field
  }

  private mutating func quotedField(_ opening: Int, end: Int, isLast: Bool) throws(GatewiseError) -> Field? {
    let first = opening + 1
    var (at, lines, bits, doubles): (Int, Int, UInt8, Bool) = (first, 0, 0, false)
    while true {
      guard at < end else {
        guard isLast else { return nil }
        throw problem("has a quote (\") that is never closed", line: line)
      }
      let next = byte(at)
      if next == Self.quote {
        guard at + 1 < end || isLast else { return nil }
        guard at + 1 < end, byte(at + 1) == Self.quote else { break }
        doubles = true
        at += 1
      } else if next == 0x0A {
        lines += 1
      } else if next == 0 {
        throw TextFault.nul(at: window.start + at, of: window.file.path)
      }
      bits |= next
      at += 1
    }
    if bits >= 0x80 { try validate(first, at) }
    let field = Field(
      bytes: UnsafeRawBufferPointer(start: start.map { $0 + first }, count: at - first), isQuoted: true,
      hasDoubledQuotes: doubles)
    at += 1
    while at < end, isSpace(byte(at)) { at += 1 }
    guard at < end || isLast else { return nil }
    if at < end, byte(at) == 0x0D {
      guard at + 1 < end || isLast else { return nil }
      guard at + 1 < end, byte(at + 1) == 0x0A else { throw problem(Self.loneReturn, line: line + lines) }
    } else if at < end, byte(at) != delimiter, byte(at) != 0x0A {
      throw problem(
        "has text after the closing quote (\") of a field; double a quote inside quotes", line: line + lines)
    }
    line += lines
    endField(at, end: end)
    return field
  }

  /// Skips the space and the delimiter or line end after a field.
  @inline(__always)
  private mutating func endField(_ at: Int, end: Int) {
    guard at < end else {
      (hasEndedRow, position) = (true, at)
      return
    }
    hasEndedRow = byte(at) != delimiter
    position = at + (byte(at) == 0x0D ? 2 : 1)
    if hasEndedRow { line += 1 }
  }

  /// Extends the window for the field that begins at `position`.
  private mutating func seeMore() throws(GatewiseError) {
    let seen = window.bytes.count - position
    guard seen < Self.fieldLimit else {
      throw problem(
        "has a field of more than \(Self.fieldLimit) bytes; look for a quote (\") that is not closed", line: line)
    }
    try window.move(to: offset, count: seen < piece ? piece : min(2 * seen, Self.fieldLimit))
    (position, start) = (0, window.bytes.baseAddress)
  }

  /// - Throws: `GatewiseError.file` if bytes of the window are not UTF-8.
  private func validate(_ first: Int, _ end: Int) throws(GatewiseError) {
    let bytes = UnsafeRawBufferPointer(rebasing: window.bytes[first..<end])
    var (at, line) = (0, line)
    while at < bytes.count {
      guard let (value, length) = bytes.scalar(at: at) else {
        throw TextFault.notUTF8(bytes[at], at: window.start + first + at, line: line, of: window.file.path)
      }
      if value == 0x0A { line += 1 }
      at += length
    }
  }

  private func problem(_ what: String, line: Int) -> GatewiseError {
    .file(path: window.file.path, problem: "line \(line) \(what).")
  }

  private static var strayQuote: String {
    "has a quote (\") inside a field that does not begin with one; quote the whole field, and double a quote "
      + "inside it"
  }

  private static var loneReturn: String {
    "has a carriage return (CR) without a line feed (LF); end every row with LF or CR LF"
  }

  @inline(__always)
  private func byte(_ at: Int) -> UInt8 { start.unsafelyUnwrapped.load(fromByteOffset: at, as: UInt8.self) }

  @inline(__always)
  private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 && delimiter != 0x09 }
}
