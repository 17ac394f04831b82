import Gatewise

/// One pass over the bytes of texts, from the first to the last: what there is to know before any token is made.
///
/// It gives the sum that tells texts apart and, in units of characters, whether the bytes are UTF-8, which characters
/// there are and where they begin. Some GB/s, and no more memory than eight bytes for 4,096 characters.
struct TextScan {
  /// What one token is.
  let unit: TextUnit
  /// What line ends become.
  let lineEnds: TextLineEnds
  /// Over the bytes of all files so far.
  private(set) var checksum = Checksum()
  /// Which scalar values occur.
  private var seen: [Bool]
  /// Values beyond ASCII in the order of their first occurrence.
  private var found: [UInt32] = []

  /// Bytes that are looked at while they are in cache, for the sum and for the characters. Sums depend on it.
  private static var chunk: Int { 1 << 18 }
  /// Bytes after which the pages behind are given back.
  private static var kept: Int { 1 << 24 }

  init(unit: TextUnit, lineEnds: TextLineEnds = .keep) {
    (self.unit, self.lineEnds) = (unit, lineEnds)
    seen = [Bool](repeating: false, count: unit == .bytes ? 0 : 0x11_0000)
  }

  /// All characters so far.
  var vocabulary: Vocabulary {
    guard unit == .characters else { return .bytes }
    return Vocabulary(charactersOf: seen.indices.lazy.filter { seen[$0] }.compactMap { Unicode.Scalar(UInt32($0)) })
  }

  /// Takes in a file. In units of characters a byte-order mark at its start says that it is UTF-8, and is no part of the text.
  ///
  /// - Returns: nil, with the scan as it was before, where the unit is characters and the file is not text.
  /// - Throws: `GatewiseError.file` where the file becomes shorter meanwhile.
  mutating func add(_ file: MappedFile) throws(GatewiseError) -> TextPart? {
    let (sum, ascii, others) = (checksum, Array(seen.prefix(0x80)), found.count)
    let mark = TextFile.byteOrderMark
    let first = unit == .characters && file.bytes.starts(with: mark) ? mark.count : 0
    guard first < file.bytes.count else { return nil }
    var characters = CharacterCount(from: first, lineEnds)
    file.expect(.once)
    defer { file.expect(.streams) }
    let bytes = file.bytes
    for start in stride(from: 0, to: bytes.count, by: Self.chunk) {
      if start % Self.kept == 0 {
        try file.checkLength()
        file.release(max(start - Self.kept, 0)..<start)
      }
      let end = min(start + Self.chunk, bytes.count)
      checksum.add(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      guard unit == .characters else { continue }
      let isText = seen.withUnsafeMutableBufferPointer { characters.read(bytes, upTo: end, $0, &found) }
      guard isText, !seen[0] else {
        checksum = sum
        for value in found[others...] { seen[Int(value)] = false }
        found.removeSubrange(others...)
        for letter in ascii.indices { seen[letter] = ascii[letter] }
        return nil
      }
    }
    file.release(bytes.count / Self.kept * Self.kept..<bytes.count)
    guard unit == .characters else {
      return TextPart(file: file, start: 0, lineEnds: .keep, count: bytes.count, index: [])
    }
    return TextPart(
      file: file, start: first, lineEnds: lineEnds, count: characters.count, index: characters.index(of: bytes))
  }
}

/// The characters of one file as they are counted.
private struct CharacterCount {
  private(set) var count = 0
  private let start: Int
  private let lineEnds: TextLineEnds
  private var offset: Int
  private var index: [Int] = []

  /// - Parameter start: where the text begins.
  init(from start: Int, _ lineEnds: TextLineEnds) {
    (self.start, offset, self.lineEnds) = (start, start, lineEnds)
  }

  /// Where every 4,096th character begins; empty where each is one byte.
  func index(of bytes: UnsafeRawBufferPointer) -> [Int] { count == bytes.count - start ? [] : index }

  /// Goes on to the first character that begins at `end` or behind it; false where one is no UTF-8.
  ///
  /// - Parameters:
  ///   - seen: true is put for each scalar value that occurs.
  ///   - found: gets the values beyond ASCII that occur for the first time.
  mutating func read(
    _ bytes: UnsafeRawBufferPointer, upTo end: Int, _ seen: UnsafeMutableBufferPointer<Bool>, _ found: inout [UInt32]
  ) -> Bool {
    while offset < end {
      if count % TextPart.stride == 0 { index.append(offset) }
      // Up to the next entry of the index, so that the loop over eight letters at once need not look for it.
      var left = TextPart.stride - count % TextPart.stride
      while left > 0, offset < end {
        if left >= 8, end - offset >= 8 {
          let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          if word & 0x8080_8080_8080_8080 == 0, lineEnds == .keep || !Self.hasCarriageReturn(word) {
            for letter in 0..<8 { seen[Int(UInt8(truncatingIfNeeded: word >> (8 * UInt64(letter))))] = true }
            (offset, count, left) = (offset + 8, count + 8, left - 8)
            continue
          }
        }
        guard let (value, length) = bytes.character(at: offset, lineEnds) else { return false }
        if !seen[Int(value)] {
          seen[Int(value)] = true
          if value >= 0x80 { found.append(value) }
        }
        (offset, count, left) = (offset + length, count + 1, left - 1)
      }
    }
    return true
  }

  /// Whether one of eight ASCII letters is `\r`: its byte is then 0 in the difference, and below 0 one less.
  private static func hasCarriageReturn(_ word: UInt64) -> Bool {
    ((word ^ 0x0d0d_0d0d_0d0d_0d0d) &- 0x0101_0101_0101_0101) & 0x8080_8080_8080_8080 != 0
  }
}
