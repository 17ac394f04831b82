/// Parses decimal numbers.
enum DecimalNumber {
  /// Parses a number of at most 19 digits if one product or quotient gives it exactly: the
  /// digits as an integer below 2⁵³ and the power of ten up to 10²² are both exact in `Double`, so that the result is
  /// correctly rounded, once (Clinger, *How to read floating point numbers accurately*, PLDI 1990).
  ///
  /// - Returns: nil for all other numbers, and for text that is not a number.
  @inline(__always)
  static func short(_ start: UnsafeRawPointer, _ count: Int) -> Double? {
    func byte(_ offset: Int) -> UInt8 { start.load(fromByteOffset: offset, as: UInt8.self) }
    var offset = 0
    var isNegative = false
    if count > 0, byte(0) == 0x2D || byte(0) == 0x2B {
      isNegative = byte(0) == 0x2D
      offset = 1
    }
    // Leading zeros do not count toward the 19 digits, but few numbers have many.
    guard count - offset > 0, count - offset <= 24 else { return nil }
    var (mantissa, digits, scale): (UInt64, Int, Int) = (0, 0, 0)
    while offset < count, byte(offset) &- 0x30 < 10 {
      mantissa = mantissa &* 10 &+ UInt64(byte(offset) &- 0x30)
      (digits, offset) = (digits + 1, offset + 1)
    }
    guard digits > 0 else { return nil }
    if offset < count, byte(offset) == 0x2E {
      let whole = digits
      offset += 1
      while offset < count, byte(offset) &- 0x30 < 10 {
        mantissa = mantissa &* 10 &+ UInt64(byte(offset) &- 0x30)
        (digits, offset) = (digits + 1, offset + 1)
      }
      guard digits > whole else { return nil }
      scale = whole - digits
    }
    guard digits <= 19, mantissa < 1 << 53 else { return nil }
    if offset < count {
      guard byte(offset) | 0x20 == 0x65, let exponent = exponent(start + offset + 1, count - offset - 1) else {
        return nil
      }
      scale += exponent
    }
    guard scale.magnitude <= 22 else { return nil }
    let number = scale < 0 ? Double(mantissa) / powers[-scale] : Double(mantissa) * powers[scale]
    return isNegative ? -number : number
  }

  /// Parses the integer of at most three digits that follows an e.
  @inline(__always)
  private static func exponent(_ start: UnsafeRawPointer, _ count: Int) -> Int? {
    func byte(_ offset: Int) -> UInt8 { start.load(fromByteOffset: offset, as: UInt8.self) }
    var offset = 0
    let isSigned = count > 0 && (byte(0) == 0x2D || byte(0) == 0x2B)
    if isSigned { offset = 1 }
    guard count - offset > 0, count - offset <= 3 else { return nil }
    var value = 0
    while offset < count {
      guard byte(offset) &- 0x30 < 10 else { return nil }
      value = value * 10 + Int(byte(offset) &- 0x30)
      offset += 1
    }
    return isSigned && byte(0) == 0x2D ? -value : value
  }

  /// Whether a text may be a number, so that most dates and names are rejected without creating a string.
  static func mayBeNumber(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let first = bytes.first else { return false }
    switch first {
    // A digit, a sign, a point, the first letter of NaN or infinity, space, a quote, and beyond ASCII.
    case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x49, 0x69, 0x4E, 0x6E, 0x09...0x0D, 0x20, 0x22, 0x80...: break
    default: return false
    }
    for index in 1..<bytes.count {
      switch bytes[index] {
      case 0x2F, 0x3A: return false
      // After the first letter, a sign belongs to an exponent, of a decimal number (e) or a hexadecimal one (p).
      case 0x2B, 0x2D: guard [0x65, 0x70, 0x20].contains(bytes[index - 1] | 0x20) else { return false }
      default: break
      }
    }
    return true
  }

  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]
}
