/// A 64-bit checksum over bytes to detect damage to a file, which mixes in eight bytes at a time.
///
/// Each step is a bijection of the previous value, so that any change within one group of eight bytes changes the
/// result; other changes are missed with probability 2⁻⁶⁴. It does not protect against intentional manipulation.
package struct Checksum: Equatable {
  package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  /// Adds bytes; the same bytes in different pieces give a different checksum.
  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    let whole = bytes.count & ~7
    for offset in stride(from: 0, to: whole, by: 8) {
      add(word: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }
    var rest: UInt64 = 0
    for offset in (whole..<bytes.count).reversed() { rest = rest << 8 | UInt64(bytes[offset]) }
    add(word: rest)
    add(word: UInt64(bytes.count))
  }

  /// Adds a text in UTF-8.
  package mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  /// Adds the bytes of numbers.
  package mutating func add<Element: BitwiseCopyable>(_ numbers: [Element]) { numbers.withUnsafeBytes { add($0) } }

  /// The value as sixteen hexadecimal digits.
  package var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  @inline(__always)
  private mutating func add(word: UInt64) {
    // The high half of the product is mixed into the low half.
    let mixed = (value ^ word) &* 0x9e37_79b9_7f4a_7c15
    value = mixed ^ mixed >> 32
  }
}

extension Checksum {
  /// Computes the checksum of tensors and texts to be written, independent of their order.
  static func of(
    _ tensors: [SafetensorsFile.NamedTensor], _ texts: [String: String]
  ) throws(GatewiseError) -> Checksum {
    var sum = Checksum()
    sum.add(texts: texts)
    for tensor in tensors.sorted(by: { $0.name < $1.name }) {
      sum.add("\(tensor.name) \(tensor.elementType.rawValue) \(tensor.shape)")
      try tensor.send { (bytes) throws(GatewiseError) in sum.add(bytes) }
    }
    return sum
  }

  /// Computes the checksum of a file's content, without the text that holds its own checksum.
  static func of(_ file: SafetensorsFile, without key: String) throws(GatewiseError) -> Checksum {
    var sum = Checksum()
    sum.add(texts: file.metadata.filter { $0.key != key })
    for entry in file.entries.sorted(by: { $0.name < $1.name }) {
      sum.add("\(entry.name) \(entry.elementType.rawValue) \(entry.shape)")
      sum.add(try file.bytes(of: entry))
    }
    return sum
  }

  private mutating func add(texts: [String: String]) {
    for (key, text) in texts.sorted(by: { $0.key < $1.key }) {
      add(key)
      add(text)
    }
  }
}
