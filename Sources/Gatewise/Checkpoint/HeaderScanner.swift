/// Reads the JSON of a safetensors header, and no other JSON.
///
/// The format nests exactly two deep and repeats no key, which general decoders do not check: they keep one of two
/// equal keys, and recurse as deep as the text says. This scanner accepts strings, whole numbers, lists of whole
/// numbers and objects, where its caller expects them. Nothing in it recurses.
struct HeaderScanner {
  private let bytes: [UInt8]
  private let path: String
  private var position = 0

  init(_ bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
  }

  /// Reads an object, one call of `member` for every key, with the scanner before the key's value.
  mutating func object(
    _ member: (String, inout HeaderScanner) throws(GatewiseError) -> Void
  ) throws(GatewiseError) {
    try expect(UInt8(ascii: "{"))
    if skip(UInt8(ascii: "}")) { return }
    repeat {
      skipSpace()
      let key = try string()
      try expect(UInt8(ascii: ":"))
      try member(key, &self)
    } while skip(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
  }

  /// Reads a list of whole numbers of at most `limit` items.
  mutating func integers(limit: Int) throws(GatewiseError) -> [Int] {
    try expect(UInt8(ascii: "["))
    if skip(UInt8(ascii: "]")) { return [] }
    var list: [Int] = []
    repeat {
      guard list.count < limit else { throw problem("a list of more than \(limit) numbers") }
      list.append(try integer())
    } while skip(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return list
  }

  /// Reads a whole number from 0 to the largest `Int`.
  mutating func integer() throws(GatewiseError) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit <= 9 {
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = shifted.addingReportingOverflow(Int(digit))
      guard !overflow, !carry else { throw problem("a number that is too large", at: start) }
      value = sum
      position += 1
    }
    guard position > start else { throw problem("\(found) where a whole number is expected") }
    guard position == start + 1 || bytes[start] != UInt8(ascii: "0") else {
      throw problem("a number with a leading zero", at: start)
    }
    return value
  }

  /// Reads a string.
  mutating func string() throws(GatewiseError) -> String {
    try expect(UInt8(ascii: "\""))
    let start = position
    var content: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw problem("a string that is not UTF-8", at: start)
        }
        return text
      case UInt8(ascii: "\\"): content.append(contentsOf: String(try escape()).utf8)
      case 0..<0x20: throw problem("a control character in a string", at: position - 1)
      default: content.append(byte)
      }
    }
    throw problem("a string that does not end", at: start)
  }

  /// Checks that only white space is left.
  mutating func end() throws(GatewiseError) {
    skipSpace()
    guard position == bytes.count else { throw problem("\(found) after the end of the header") }
  }

  // MARK: Details

  // The character of an escape sequence, whose backslash has been read.
  private mutating func escape() throws(GatewiseError) -> Character {
    let start = position - 1
    guard position < bytes.count else { throw problem("a string that does not end", at: start) }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(UnicodeScalar(byte))
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if 0xD800..<0xDC00 ~= code, bytes[position...].starts(with: "\\u".utf8) {
        position += 2
        let low = try hexadecimal()
        guard 0xDC00..<0xE000 ~= low else { throw problem("half of a surrogate pair", at: start) }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = UnicodeScalar(code) else { throw problem("half of a surrogate pair", at: start) }
      return Character(scalar)
    default: throw problem("an unknown escape sequence in a string", at: start)
    }
  }

  private mutating func hexadecimal() throws(GatewiseError) -> UInt32 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
      let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw problem("an unknown escape sequence in a string") }
    position += 4
    return code
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ byte: UInt8) throws(GatewiseError) {
    guard skip(byte) else { throw problem("\(found) where '\(Character(UnicodeScalar(byte)))' is expected") }
  }

  // What stands at the position, for messages.
  private var found: String {
    guard position < bytes.count else { return "the end" }
    let byte = bytes[position]
    return 0x21..<0x7F ~= byte ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
  }

  private func problem(_ what: String, at offset: Int? = nil) -> GatewiseError {
    .file(
      path: path,
      problem: "is not a safetensors file or is damaged: its header has \(what), at byte \((offset ?? position) + 8)"
        + " of the file; write the file again.")
  }
}
