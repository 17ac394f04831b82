/// A parser of the Python literal in the header of a `.npy` file: a dictionary of exactly the three keys, in any order,
/// with a string, a boolean and a tuple of integers.
struct NumPyLiteral {
  /// The values of the literal.
  struct Fields {
    let type: String
    let isFortranOrder: Bool
    /// The extents; nil if the tuple is not one of nonnegative integers.
    let shape: [Int]?
    /// The text of the tuple.
    let shapeText: String
  }

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Parses the whole literal, which only spaces may follow; returns nil if it is different.
  mutating func fields() -> Fields? {
    var (type, order, tuple): (String?, Bool?, String?)
    guard skip("{") else { return nil }
    while !skip("}") {
      guard let key = text(), skip(":") else { return nil }
      switch key {
      case "descr" where type == nil:
        type = text()
        guard type != nil else { return nil }
      case "fortran_order" where order == nil:
        if skip("True") { order = true } else if skip("False") { order = false } else { return nil }
      case "shape" where tuple == nil:
        tuple = parenthesis()
        guard tuple != nil else { return nil }
      default: return nil
      }
      // A comma may follow the last item.
      guard skip(",") || peek("}") else { return nil }
    }
    skipSpace()
    guard position == bytes.count, let type, let order, let tuple else { return nil }
    return Fields(type: type, isFortranOrder: order, shape: Self.extents(Array(tuple.utf8)), shapeText: tuple)
  }

  /// Returns the numbers of a tuple: `()`, `(3,)`, `(3, 4)`, `(3, 4,)`. In Python `(3)` is not a tuple.
  private static func extents(_ tuple: [UInt8]) -> [Int]? {
    var inside = NumPyLiteral(tuple)
    guard inside.skip("(") else { return nil }
    var (extents, endsInComma): ([Int], Bool) = ([], false)
    while !inside.skip(")") {
      guard extents.isEmpty || endsInComma, let extent = inside.number() else { return nil }
      extents.append(extent)
      endsInComma = inside.skip(",")
    }
    return extents.count == 1 && !endsInComma ? nil : extents
  }

  /// Parses an unsigned number without leading zeros.
  private mutating func number() -> Int? {
    skipSpace()
    let digits = bytes[position...].prefix { 0x30...0x39 ~= $0 }
    guard let first = digits.first, first != 0x30 || digits.count == 1 else { return nil }
    position += digits.count
    return Int(String(decoding: digits, as: UTF8.self))
  }

  /// Parses a string in quotes of either kind, without escapes.
  private mutating func text() -> String? {
    skipSpace()
    guard position < bytes.count, case let quote = bytes[position], quote == 0x27 || quote == 0x22 else { return nil }
    let inside = bytes[(position + 1)...].prefix { $0 != quote && $0 != 0x5C && $0 != 0x0A }
    guard inside.endIndex < bytes.count, bytes[inside.endIndex] == quote else { return nil }
    position = inside.endIndex + 1
    return String(decoding: inside, as: UTF8.self)
  }

  /// Returns the text from an opening parenthesis to the first closing one.
  private mutating func parenthesis() -> String? {
    guard peek("(") else { return nil }
    guard let end = bytes[position...].firstIndex(of: 0x29) else { return nil }
    defer { position = end + 1 }
    return String(decoding: bytes[position...end], as: UTF8.self)
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private mutating func peek(_ token: StaticString) -> Bool {
    skipSpace()
    return bytes[position...].starts(with: UnsafeBufferPointer(start: token.utf8Start, count: token.utf8CodeUnitCount))
  }

  private mutating func skip(_ token: StaticString) -> Bool {
    guard peek(token) else { return false }
    position += token.utf8CodeUnitCount
    return true
  }
}
