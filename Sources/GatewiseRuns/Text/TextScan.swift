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
  private let buffers = FileBuffers()

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
  mutating func add(_ file: DataFile) throws(GatewiseError) -> TextPart? {
    let (sum, ascii, others) = (checksum, Array(seen.prefix(0x80)), found.count)
    let mark = TextFile.byteOrderMark
    let (start, isText, characters) = try buffers.withBuffer {
      (buffer) throws(GatewiseError) -> (Int, Bool, CharacterCount) in
      var window = FileWindow(file, buffer)
      try window.move(to: 0, count: Self.chunk + 3)
      let first = unit == .characters && window.bytes.starts(with: mark) ? mark.count : 0
      var characters = CharacterCount(from: first, lineEnds)
      guard first < file.size else { return (first, false, characters) }
      for start in stride(from: 0, to: file.size, by: Self.chunk) {
        let end = min(start + Self.chunk, file.size)
        // With what a character that begins in front of `end` may have behind it.
        try window.move(to: start, count: Self.chunk + 3)
        checksum.add(UnsafeRawBufferPointer(rebasing: window.bytes[(start - window.start)..<(end - window.start)]))
        guard unit == .characters else { continue }
        let isText = seen.withUnsafeMutableBufferPointer { characters.read(window, upTo: end, $0, &found) }
        guard isText, !seen[0] else { return (first, false, characters) }
      }
      return (first, true, characters)
    }
    guard isText else {
      checksum = sum
      for value in found[others...] { seen[Int(value)] = false }
      found.removeSubrange(others...)
      for letter in ascii.indices { seen[letter] = ascii[letter] }
      return nil
    }
    guard unit == .characters else {
      return TextPart(file: file, start: 0, lineEnds: .keep, count: file.size, index: [])
    }
    return TextPart(
      file: file, start: start, lineEnds: lineEnds, count: characters.count, index: characters.index(bytes: file.size))
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
  func index(bytes: Int) -> [Int] { count == bytes - start ? [] : index }

  /// Goes on to the first character that begins at `end` or behind it; false where one is no UTF-8.
  ///
  /// - Parameters:
  ///   - seen: true is put for each scalar value that occurs.
  ///   - found: gets the values beyond ASCII that occur for the first time.
  mutating func read(
    _ window: FileWindow, upTo end: Int, _ seen: UnsafeMutableBufferPointer<Bool>, _ found: inout [UInt32]
  ) -> Bool {
    let (bytes, start) = (window.bytes, window.start)
    while offset < end {
      if count % TextPart.stride == 0 { index.append(offset) }
      // Up to the next entry of the index, so that the loop over eight letters at once need not look for it.
      var left = TextPart.stride - count % TextPart.stride
      while left > 0, offset < end {
        if left >= 8, end - offset >= 8 {
          let word = bytes.loadUnaligned(fromByteOffset: offset - start, as: UInt64.self)
          if word & 0x8080_8080_8080_8080 == 0, lineEnds == .keep || !Self.hasCarriageReturn(word) {
            for letter in 0..<8 { seen[Int(UInt8(truncatingIfNeeded: word >> (8 * UInt64(letter))))] = true }
            (offset, count, left) = (offset + 8, count + 8, left - 8)
            continue
          }
        }
        guard let (value, length) = bytes.character(at: offset - start, lineEnds) else { return false }
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
