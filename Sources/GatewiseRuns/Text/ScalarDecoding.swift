import Gatewise

/// The conversion of line ends in a text.
public enum TextLineEnds: String, Sendable, CaseIterable {
  /// Every character stays unchanged.
  case keep
  /// `\r\n` becomes `\n`; a lone `\r` stays.
  case lf
}

extension UnsafeRawBufferPointer {
  /// Returns the character at a position, and its number of bytes; nil if the bytes are not UTF-8.
  @inline(__always)
  func character(at offset: Int, _ lineEnds: TextLineEnds) -> (value: UInt32, length: Int)? {
    if lineEnds == .lf, self[offset] == 0x0d, offset + 1 < count, self[offset + 1] == 0x0a { return (0x0a, 2) }
    return scalar(at: offset)
  }

  /// Returns the Unicode scalar whose UTF-8 begins at a position, and its number of bytes; nil if the bytes are not
  /// well-formed (Unicode 16.0, table 3-7): missing or misplaced bytes, overlong forms, surrogates, values too large.
  @inline(__always)
  func scalar(at offset: Int) -> (value: UInt32, length: Int)? {
    let first = UInt32(self[offset])
    if first < 0x80 { return (first, 1) }
    let length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    guard first >= 0xc2, first <= 0xf4, length <= count - offset else { return nil }
    var value = first & (0x7f >> UInt32(length))
    for next in 1..<length {
      let byte = UInt32(self[offset + next])
      guard byte & 0xc0 == 0x80 else { return nil }
      value = value << 6 | byte & 0x3f
    }
    switch length {
    case 3: guard value >= 0x800, !(0xd800...0xdfff).contains(value) else { return nil }
    case 4: guard (0x1_0000...0x10_ffff).contains(value) else { return nil }
    default: break  // Overlong forms of two bytes begin with C0 or C1.
    }
    return (value, length)
  }
}
