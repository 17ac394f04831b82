import Gatewise
import GatewiseONNX

/// ONNX files: messages of Protocol Buffers, changed with the lengths around them repaired, or damaged.
struct ONNXKind: FuzzedKind {
  let suffix = "onnx"
  private let seeds: [[UInt8]]

  init(_ seeds: Seeds) throws {
    var files = seeds.files("GatewiseONNXTests/Fixtures", suffix: ".onnx")
    for configuration in Seeds.configurations {
      guard let model = try? LSTM<Float>(configuration, seed: 1) else { continue }
      if let bytes = try? seeds.written("onnx", { try model.writeONNX(to: $0, extras: ["a": "b"]) }) {
        files.append(bytes)
      }
    }
    self.seeds = files
  }

  private static let tokens = ["LSTM", "Squeeze", "Transpose", "Constant", "perm", "axes", "x", "y", "iofc"]

  func mutant(_ random: inout RandomStream) -> [UInt8] {
    let seed = seeds.element(&random)
    if random.once(in: 4) { return Mutation.bytes(seed, tokens: Self.tokens, &random) }
    guard var fields = WireField.fields(seed[...], depth: 0) else { return seed }
    for _ in 0..<1 + random.index(below: 3) { WireField.change(&fields, tokens: Self.tokens, &random) }
    let bytes = fields.flatMap(\.bytes)
    return random.once(in: 8) ? Mutation.bytes(bytes, tokens: [], &random) : bytes
  }

  func read(_ path: String) throws {
    let file = try ONNXFile(contentsOf: path)
    var refused: (any Error)?
    do { _ = try file.graph(as: Double.self) } catch { refused = error }
    _ = try file.model(as: Float.self)
    if let refused { throw refused }
  }
}

/// A field of a message of Protocol Buffers.
struct WireField {
  private enum Value {
    case number(UInt64)
    case fixed([UInt8])
    case bytes([UInt8])
    case message([WireField])
  }

  private var tag: UInt64
  private var value: Value

  /// The fields of a message; nil where the bytes are none.
  static func fields(_ bytes: ArraySlice<UInt8>, depth: Int) -> [WireField]? {
    var (rest, fields) = (bytes, [WireField]())
    while !rest.isEmpty {
      guard let tag = number(&rest), tag >> 3 > 0 else { return nil }
      switch tag & 7 {
      case 0:
        guard let value = number(&rest) else { return nil }
        fields.append(WireField(tag: tag, value: .number(value)))
      case 1, 5:
        let count = tag & 7 == 1 ? 8 : 4
        guard rest.count >= count else { return nil }
        fields.append(WireField(tag: tag, value: .fixed(Array(rest.prefix(count)))))
        rest = rest.dropFirst(count)
      case 2:
        guard let count = number(&rest), count <= UInt64(rest.count) else { return nil }
        let content = rest.prefix(Int(count))
        // Text may look like a message, which does no harm.
        let inside = depth < 8 && count > 1 && count < 1 << 14 ? self.fields(content, depth: depth + 1) : nil
        fields.append(WireField(tag: tag, value: inside.map { .message($0) } ?? .bytes(Array(content))))
        rest = rest.dropFirst(Int(count))
      default: return nil
      }
    }
    return fields
  }

  private static func number(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = bytes.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  var bytes: [UInt8] {
    switch value {
    case .number(let number): Self.encoded(tag) + Self.encoded(number)
    case .fixed(let bytes): Self.encoded(tag) + bytes
    case .bytes(let bytes): Self.encoded(tag) + Self.encoded(UInt64(bytes.count)) + bytes
    case .message(let fields):
      {
        let inside = fields.flatMap(\.bytes)
        return Self.encoded(tag) + Self.encoded(UInt64(inside.count)) + inside
      }()
    }
  }

  private static func encoded(_ number: UInt64) -> [UInt8] {
    var (rest, bytes) = (number, [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// Changes one field, here or in a message below.
  static func change(_ fields: inout [WireField], tokens: [String], _ random: inout RandomStream) {
    guard !fields.isEmpty else { return }
    let index = random.index(below: fields.count)
    if case .message(var inside) = fields[index].value, !random.once(in: 5) {
      change(&inside, tokens: tokens, &random)
      fields[index].value = .message(inside)
      return
    }
    let other = random.index(below: fields.count)
    switch random.index(below: 8) {
    case 0: fields.remove(at: index)
    case 1: fields.insert(fields[index], at: other)
    case 2: fields.swapAt(index, other)
    case 3: (fields[index].value, fields[other].value) = (fields[other].value, fields[index].value)
    case 4: fields[index].tag = fields[index].tag & 7 | UInt64(1 + random.index(below: 40)) << 3
    default: fields[index].changeValue(tokens: tokens, &random)
    }
  }

  private mutating func changeValue(tokens: [String], _ random: inout RandomStream) {
    switch value {
    case .number(let number):
      let others: [UInt64] = [
        0, 1, number &+ 1, number &- 1, .max, 1 << 31, 1 << 32, 1 << 62, 1 << 63, UInt64(random.index(below: 64)),
      ]
      value = .number(others.element(&random))
    case .fixed(let bytes): value = .fixed(bytes.map { random.once(in: 3) ? 0xFF : $0 })
    case .bytes(let bytes): value = .bytes(Mutation.bytes(bytes, tokens: tokens, &random))
    case .message(let fields):
      // The same message in itself, some levels deep.
      var field = self
      for _ in 0..<(1 << random.index(below: 10)) { field = WireField(tag: tag, value: .message([field])) }
      value = random.once(in: 2) ? .message(fields + fields) : .message([field])
    }
  }
}
