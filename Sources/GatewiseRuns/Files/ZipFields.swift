import Gatewise

/// The little-endian fields of a ZIP header, read in sequence.
struct ZipFields {
  private let bytes: [UInt8]
  private let start: Int
  private let path: String
  private var position = 0

  /// - Parameters:
  ///   - bytes: All bytes of the header.
  ///   - start: The offset of the first byte in the file.
  ///   - path: The file, for messages.
  init(_ bytes: [UInt8], at start: Int, path: String) {
    (self.bytes, self.start, self.path) = (bytes, start, path)
  }

  /// Whether all bytes have been read.
  var isAtEnd: Bool { position == bytes.count }

  /// Reads a number of `count` bytes; values beyond `Int` become `Int.max`, which no valid field has.
  mutating func number(_ count: Int) throws(GatewiseError) -> Int {
    let value = try skip(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(clamping: value)
  }

  /// Returns the next bytes.
  mutating func skip(_ count: Int) throws(GatewiseError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - position else { throw problem("a header is truncated") }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// Returns the next bytes as fields of their own.
  mutating func part(_ count: Int) throws(GatewiseError) -> ZipFields {
    let place = start + position
    return ZipFields(Array(try skip(count)), at: place, path: path)
  }

  /// Reads the name of a member, which must not lead out of the archive.
  mutating func text(_ count: Int) throws(GatewiseError) -> String {
    let bytes = try skip(count)
    guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty, !bytes.contains(0) else {
      throw problem("it has a member whose name is not text in UTF-8")
    }
    guard !text.hasPrefix("/"), !text.contains("\\"), !text.split(separator: "/").contains("..") else {
      throw problem("it has a member named \(quoted(text)), which leads out of the archive")
    }
    return text
  }

  mutating func signature(_ expected: Int, _ what: String) throws(GatewiseError) {
    guard try number(4) == expected else { throw problem("\(what) does not begin with its signature") }
  }

  /// Reads extra fields: returns the numbers, with those that are 0xffffffff replaced by the ZIP64 values, in order.
  func widened(_ numbers: [Int]) throws(GatewiseError) -> [Int] {
    guard numbers.contains(Self.isElsewhere) else { return numbers }
    var fields = self
    while !fields.isAtEnd {
      let kind = try fields.number(2)
      let size = try fields.number(2)
      var field = try fields.part(size)
      guard kind == 1 else { continue }
      var wide = numbers
      for index in wide.indices where wide[index] == Self.isElsewhere { wide[index] = try field.number(8) }
      return wide
    }
    throw problem("a header lacks its ZIP64 sizes")
  }

  /// The value of a 32-bit field whose number is in the extra fields.
  static let isElsewhere = 0xffff_ffff

  /// The error for a fault before the next byte.
  func problem(_ what: String) -> GatewiseError { Self.problem(path, what, at: start + position) }

  static func problem(_ path: String, _ what: String, at place: Int) -> GatewiseError {
    .file(
      path: path, problem: "is not a NumPy archive (.npz) or is damaged: \(what) (byte \(place)); write the file again."
    )
  }
}
