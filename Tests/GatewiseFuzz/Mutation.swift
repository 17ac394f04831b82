import Gatewise

/// Changes that know nothing of what the bytes mean.
enum Mutation {
  /// Numbers at which something may go wrong.
  static let extremes = [
    "0", "1", "-1", "+3", "00", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
    "9223372036854775807", "9223372036854775808", "18446744073709551616", "4611686018427387904", "1e999", "-1e-999",
    "0x10", "1_000", "NaN", "-inf", "3.5",
  ]

  /// Makes one to four changes.
  ///
  /// - Parameters:
  ///   - bytes: What is changed.
  ///   - tokens: What may be put in.
  static func bytes(_ bytes: [UInt8], tokens: [String], _ random: inout RandomStream) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<1 + random.index(below: 4) where !bytes.isEmpty {
      let place = random.index(below: bytes.count)
      let end = min(bytes.count, place + 1 + random.index(below: random.index(below: 4) == 0 ? 256 : 16))
      switch random.index(below: 12) {
      case 0, 1: bytes[place] ^= 1 << UInt8(random.index(below: 8))
      case 2: bytes[place] = UInt8(random.index(below: 256))
      case 3: bytes[place] = random.index(below: 2) == 0 ? 0 : 0xFF
      case 4: bytes.removeSubrange(place..<end)
      case 5: bytes.insert(contentsOf: bytes[place..<end], at: random.index(below: bytes.count + 1))
      case 6:
        let piece = bytes[place..<end]
        bytes.removeSubrange(place..<end)
        bytes.insert(contentsOf: piece, at: random.index(below: bytes.count + 1))
      case 7: replaceNumber(in: &bytes, from: place, &random)
      case 8, 9: if !tokens.isEmpty { bytes.insert(contentsOf: tokens.element(&random).utf8, at: place) }
      case 10: bytes.removeLast(min(bytes.count, random.index(below: random.index(below: 3) == 0 ? bytes.count : 8)))
      default:
        let times = 1 << random.index(below: random.index(below: 16) == 0 ? 14 : 6)
        let piece = Array(bytes[place..<min(end, place + 16)])
        bytes.insert(contentsOf: (0..<times).flatMap { _ in piece }, at: place)
      }
    }
    return bytes
  }

  /// Puts another number in place of the next one.
  private static func replaceNumber(in bytes: inout [UInt8], from place: Int, _ random: inout RandomStream) {
    guard let first = bytes[place...].firstIndex(where: { (48...57).contains($0) }) else { return }
    let end = bytes[first...].firstIndex { !(48...57).contains($0) } ?? bytes.count
    bytes.replaceSubrange(first..<end, with: Array(extremes.element(&random).utf8))
  }

  static func text(_ text: String, tokens: [String], _ random: inout RandomStream) -> [UInt8] {
    bytes(Array(text.utf8), tokens: tokens, &random)
  }
}

extension Array {
  /// Any element of an array that has some.
  func element(_ random: inout RandomStream) -> Element { self[random.index(below: count)] }
}

extension RandomStream {
  /// True once in `count`.
  mutating func once(in count: Int) -> Bool { index(below: count) == 0 }
}

extension FixedWidthInteger {
  /// In the order of bytes that every format here has.
  var bytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}
