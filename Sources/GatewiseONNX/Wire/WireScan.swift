import Gatewise

/// Walks the bytes of a file along the nesting of the schema before they are decoded.
///
/// The decoder reports that a file is damaged, but not where, and creates an object for every two bytes that claim to
/// be one. So this walk checks tags, lengths and text, names the byte of an error, and bounds the numbers of messages
/// and single numbers. It does not recurse, because no message of the schema contains itself.
struct WireScan {
  /// The largest number of messages in a file: a graph of some thousand nodes has as many.
  static let messageLimit = 32_768
  /// The largest number of names and variable-length numbers, which take up to eight times their bytes in memory:
  /// shapes and axes, but also weights of half precision that are not stored as raw data.
  static let itemLimit = 1 << 19

  private let bytes: UnsafeRawBufferPointer
  private let path: String
  private var messages = 0
  private var items = 0

  /// Walks all of `bytes`.
  ///
  /// - Throws: `GatewiseError.file` with the offset of the first invalid byte.
  static func check(_ bytes: UnsafeRawBufferPointer, path: String) throws(GatewiseError) {
    var scan = WireScan(bytes: bytes, path: path)
    // Messages still to walk; a file nests six deep, so there are never many.
    var open = [(kind: MessageKind.model, range: 0..<bytes.count)]
    while let (kind, range) = open.popLast() {
      try scan.walk(kind, range) { open.append(($0, $1)) }
    }
  }

  private init(bytes: UnsafeRawBufferPointer, path: String) {
    (self.bytes, self.path) = (bytes, path)
  }

  private mutating func walk(
    _ kind: MessageKind, _ range: Range<Int>, _ found: (MessageKind, Range<Int>) -> Void
  ) throws(GatewiseError) {
    var position = range.lowerBound
    while position < range.upperBound {
      let start = position
      let tag = try varint(&position, range)
      guard tag >> 3 > 0, tag >> 3 <= 0x1FFF_FFFF else {
        throw problem("a field with the number \(tag >> 3)", kind, at: start)
      }
      let field = kind.field(tag >> 3)
      switch tag & 7 {
      case 0:
        _ = try varint(&position, range)
        if field == .varints { try count(1, kind, at: start) }
      case 1: try skip(8, &position, range, kind, at: start)
      case 5: try skip(4, &position, range, kind, at: start)
      case 2:
        let length = try varint(&position, range)
        guard length <= UInt64(range.upperBound - position) else {
          throw problem(
            "field \(tag >> 3) announces \(length) bytes, but \(range.upperBound - position) are left", kind, at: start)
        }
        let content = position..<position + Int(length)
        position = content.upperBound
        switch field {
        case .message(let inner):
          messages += 1
          guard messages <= Self.messageLimit else {
            throw problem("more than \(Self.messageLimit) nodes, tensors and attributes", kind, at: start)
          }
          found(inner, content)
        case .text:
          try count(1, kind, at: start)
          try checkText(content, kind)
        case .bytes: try count(1, kind, at: start)
        case .varints: try checkPacked(content, kind)
        case nil: break
        }
      default: throw problem("field \(tag >> 3) has the unknown wire type \(tag & 7)", kind, at: start)
      }
    }
  }

  private mutating func checkPacked(_ range: Range<Int>, _ kind: MessageKind) throws(GatewiseError) {
    // A number ends with the first byte below 128.
    let ends = bytes[range].reduce(0) { $1 < 0x80 ? $0 + 1 : $0 }
    if let last = range.last, bytes[last] >= 0x80 { throw problem("an unterminated number", kind, at: last) }
    try count(ends, kind, at: range.lowerBound)
  }

  private mutating func count(_ more: Int, _ kind: MessageKind, at place: Int) throws(GatewiseError) {
    items += more
    guard items <= Self.itemLimit else {
      throw problem("more than \(Self.itemLimit) names and integers", kind, at: place)
    }
  }

  private func checkText(_ range: Range<Int>, _ kind: MessageKind) throws(GatewiseError) {
    guard String(validating: bytes[range], as: UTF8.self) != nil else {
      throw problem("invalid UTF-8", kind, at: range.lowerBound)
    }
  }

  private func skip(
    _ count: Int, _ position: inout Int, _ range: Range<Int>, _ kind: MessageKind, at start: Int
  ) throws(GatewiseError) {
    guard range.upperBound - position >= count else { throw problem("a truncated number", kind, at: start) }
    position += count
  }

  private func varint(_ position: inout Int, _ range: Range<Int>) throws(GatewiseError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 70, by: 7) {
      guard position < range.upperBound else { throw problem("a truncated number", nil, at: start) }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    throw problem("a number of more than ten bytes", nil, at: start)
  }

  private func problem(_ what: String, _ kind: MessageKind?, at byte: Int) -> GatewiseError {
    .file(
      path: path,
      problem: "is not an ONNX file or is damaged at byte \(byte)\(kind.map { " in a \($0.rawValue)" } ?? ""): \(what);"
        + " write the file again.")
  }
}

/// A message of the schema, by its name in errors.
private enum MessageKind: String {
  case model, operatorSet = "operator set", entry = "metadata entry", graph, node, attribute, tensor
  case valueInfo = "description of an input or output", type, tensorType = "tensor's type", shape, dimension

  /// The content of a field; numbers of a fixed length need no check.
  enum Field: Equatable {
    case message(MessageKind)
    case text, bytes, varints
  }

  /// Returns a field of the schema that has a length or holds variable-length numbers; nil for all others.
  func field(_ number: UInt64) -> Field? {
    switch (self, number) {
    case (.model, 7): .message(.graph)
    case (.model, 8): .message(.operatorSet)
    case (.model, 14), (.tensor, 13): .message(.entry)
    case (.graph, 1): .message(.node)
    case (.graph, 5), (.attribute, 5): .message(.tensor)
    case (.graph, 11), (.graph, 12): .message(.valueInfo)
    case (.node, 5): .message(.attribute)
    case (.valueInfo, 2): .message(.type)
    case (.type, 1): .message(.tensorType)
    case (.tensorType, 2): .message(.shape)
    case (.shape, 1): .message(.dimension)
    case (.model, 2), (.model, 3), (.operatorSet, 1), (.entry, 1), (.entry, 2), (.graph, 2), (.node, 1...4), (.node, 7),
      (.attribute, 1), (.tensor, 8), (.valueInfo, 1), (.dimension, 2):
      .text
    case (.attribute, 4), (.attribute, 9), (.tensor, 9): .bytes
    case (.attribute, 8), (.tensor, 1), (.tensor, 5), (.tensor, 7): .varints
    default: nil
    }
  }
}
