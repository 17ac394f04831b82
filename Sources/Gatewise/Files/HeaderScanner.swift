/// A scanner for the JSON of a safetensors header.
///
/// The format nests exactly two levels and repeats no key, which general decoders do not check: they keep one of two
/// equal keys, and recurse to any depth. This scanner accepts strings, integers, lists of integers and objects where
/// its caller expects them. It does not recurse.
///
/// The header is read through a window of 64 KiB, and the length of each string is computed before it is created, so
/// that of a header of 100 MB only the kept strings are in memory, once.
struct HeaderScanner {
  private let file: InputFile
  /// The position of the next byte in the file.
  private var position: Int
  /// The end of the header in the file.
  private let bound: Int
  private var piece: [UInt8] = []
  /// The start of the piece in the file.
  private var pieceStart = 0

  private static var pieceSize: Int { 1 << 16 }

  /// Makes a scanner.
  ///
  /// - Parameter range: The range of the header in the file.
  init(_ file: InputFile, in range: Range<Int>) {
    self.file = file
    (position, bound) = (range.lowerBound, range.upperBound)
  }

  /// Reads an object and calls `member` for every key, with the scanner before the key's value.
  mutating func object(
    _ member: (String, inout HeaderScanner) throws(GatewiseError) -> Void
  ) throws(GatewiseError) {
    try expect(UInt8(ascii: "{"))
    if try skip(UInt8(ascii: "}")) { return }
    repeat {
      let key = try string()
      try expect(UInt8(ascii: ":"))
      try member(key, &self)
    } while try skip(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
  }

  /// Reads a list of at most `limit` integers.
  mutating func integers(limit: Int) throws(GatewiseError) -> [Int] {
    try expect(UInt8(ascii: "["))
    if try skip(UInt8(ascii: "]")) { return [] }
    var list: [Int] = []
    repeat {
      guard list.count < limit else { throw problem("a list of more than \(limit) numbers") }
      list.append(try integer())
    } while try skip(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return list
  }

  /// Reads an integer from 0 to the largest `Int`.
  mutating func integer() throws(GatewiseError) -> Int {
    try skipSpace()
    let start = position
    var value = 0
    while position < bound {
      let digit = try byte() &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      guard position != start + 1 || value != 0 else { throw problem("a number with a leading zero", at: start) }
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = shifted.addingReportingOverflow(Int(digit))
      guard !overflow, !carry else { throw problem("a number that is too large", at: start) }
      value = sum
      position += 1
    }
    guard position > start else { throw problem("\(try found()) where an integer is expected") }
    return value
  }

  /// Reads a string.
  mutating func string() throws(GatewiseError) -> String {
    try expect(UInt8(ascii: "\""))
    let start = position
    let count = try skipString()
    position = start
    var failure: GatewiseError?
    let text = String(unsafeUninitializedCapacity: count) { buffer in
      var written = 0
      do throws(GatewiseError) {
        while written < count {
          for byte in try character() {
            buffer[written] = byte
            written += 1
          }
        }
      } catch { failure = error }
      return written
    }
    if let failure { throw failure }
    position += 1
    return text
  }

  /// Checks that only white space is left.
  mutating func end() throws(GatewiseError) {
    try skipSpace()
    guard position == bound else { throw problem("\(try found()) after the end of the header") }
  }

  // MARK: Characters

  /// Moves to the quote that ends a string.
  ///
  /// - Returns: the string's length in UTF-8.
  private mutating func skipString() throws(GatewiseError) -> Int {
    let start = position
    var count = 0
    while position < bound {
      let next = try byte()
      if next == UInt8(ascii: "\"") { return count }
      guard next >= 0x20 else { throw problem("a control character in a string") }
      if next < 0x80, next != UInt8(ascii: "\\") {
        (position, count) = (position + 1, count + 1)
      } else {
        count += try character().count
      }
    }
    throw problem("a string that does not end", at: start)
  }

  /// Returns the next character of a string in UTF-8, with escape sequences decoded.
  @inline(__always)
  private mutating func character() throws(GatewiseError) -> Unicode.UTF8.EncodedScalar {
    let first = try byte()
    guard first != UInt8(ascii: "\\") else {
      // Every scalar has an encoding.
      return Unicode.UTF8.encode(try escape()).unsafelyUnwrapped
    }
    if first < 0x80 {
      position += 1
      return Unicode.UTF8.EncodedScalar(CollectionOfOne(first))
    }
    let start = position
    // The next bytes, four at most, for the standard library's decoder.
    var bytes: UInt32 = 0
    var count = 0
    while position < bound, count < 4 {
      bytes |= UInt32(try byte()) << (8 * UInt32(count))
      (position, count) = (position + 1, count + 1)
    }
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = (0..<count).lazy.map { UInt8(truncatingIfNeeded: bytes >> (8 * UInt32($0))) }.makeIterator()
    guard case .valid(let scalar) = parser.parseScalar(from: &iterator) else {
      throw problem("a string that is not UTF-8", at: start)
    }
    position = start + scalar.count
    return scalar
  }

  /// Returns the scalar of an escape sequence, which starts with a backslash.
  private mutating func escape() throws(GatewiseError) -> Unicode.Scalar {
    let start = position
    guard start + 1 < bound else { throw problem("a string that does not end", at: start) }
    position += 1
    let kind = try byte()
    position += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(kind)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if 0xD800..<0xDC00 ~= code, position + 1 < bound, try byte() == UInt8(ascii: "\\") {
        position += 1
        guard try byte() == UInt8(ascii: "u") else { throw problem("half of a surrogate pair", at: start) }
        position += 1
        let low = try hexadecimal()
        guard 0xDC00..<0xE000 ~= low else { throw problem("half of a surrogate pair", at: start) }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw problem("half of a surrogate pair", at: start) }
      return scalar
    default: throw problem("an unknown escape sequence in a string", at: start)
    }
  }

  private mutating func hexadecimal() throws(GatewiseError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard position < bound, let value = Self.hexadecimalValue(try byte()) else {
        throw problem("an unknown escape sequence in a string")
      }
      code = code << 4 | value
      position += 1
    }
    return code
  }

  private static func hexadecimalValue(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  // MARK: Details

  private mutating func skipSpace() throws(GatewiseError) {
    while position < bound {
      let next = try byte()
      guard next == 0x20 || next == 0x09 || next == 0x0A || next == 0x0D else { return }
      position += 1
    }
  }

  private mutating func skip(_ wanted: UInt8) throws(GatewiseError) -> Bool {
    try skipSpace()
    guard position < bound, try byte() == wanted else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ wanted: UInt8) throws(GatewiseError) {
    guard try skip(wanted) else {
      throw problem("\(try found()) where '\(Character(UnicodeScalar(wanted)))' is expected")
    }
  }

  /// Returns the byte at the position, which must be in the header.
  @inline(__always)
  private mutating func byte() throws(GatewiseError) -> UInt8 {
    // Positions before the piece are large as unsigned integers.
    if UInt(bitPattern: position &- pieceStart) >= UInt(bitPattern: piece.count) {
      pieceStart = position
      piece = try file.bytes(in: position..<min(position + Self.pieceSize, bound))
    }
    return piece[position - pieceStart]
  }

  // The byte at the position, for messages.
  private mutating func found() throws(GatewiseError) -> String {
    guard position < bound else { return "the end" }
    let next = try byte()
    return 0x21..<0x7F ~= next ? "'\(Character(UnicodeScalar(next)))'" : "byte \(next)"
  }

  private func problem(_ what: String, at offset: Int? = nil) -> GatewiseError {
    .file(
      path: file.path,
      problem: "is not a safetensors file or is damaged: its header has \(what), at byte \(offset ?? position)"
        + " of the file; write the file again.")
  }
}
