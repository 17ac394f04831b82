/// A sum of 64 bits over bytes, by which damage to a file is found: eight bytes at a time are mixed in.
///
/// Each step is a bijection of the sum so far, so that any change within one group of eight bytes changes the result;
/// other changes escape once in 2⁶⁴. It is no protection against someone who means to deceive.
package struct Checksum: Equatable {
  package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  /// Takes in bytes; the same bytes in other pieces are another sum.
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

  /// Takes in a text.
  package mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  /// Takes in numbers, bit by bit.
  package mutating func add<Element: BitwiseCopyable>(_ numbers: [Element]) { numbers.withUnsafeBytes { add($0) } }

  /// As sixteen hexadecimal digits.
  package var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  @inline(__always)
  private mutating func add(word: UInt64) {
    // The high half of the product comes back into the low one, where the next word enters.
    let mixed = (value ^ word) &* 0x9e37_79b9_7f4a_7c15
    value = mixed ^ mixed >> 32
  }
}
