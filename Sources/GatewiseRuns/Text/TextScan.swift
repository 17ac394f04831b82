import Gatewise

/// One pass over the bytes of a text, which computes what is needed before any token is read.
///
/// It computes the checksum that identifies the text and, with characters as the unit, checks that the bytes are UTF-8
/// and finds the characters and their positions. Some GB/s, in eight bytes of memory per 4,096 characters.
struct TextScan {
  /// The unit of a token.
  let unit: TextUnit
  /// The conversion of line ends.
  let lineEnds: TextLineEnds
  /// The checksum of the bytes of all files so far.
  private(set) var checksum = Checksum()
  /// Whether each scalar value occurs.
  private var seen: [Bool]
  /// The values beyond ASCII, in the order of their first occurrence.
  private var found: [UInt32] = []

  /// The number of bytes processed while they are in cache, for the checksum and for the characters. The checksum
  /// depends on it.
  private static var chunk: Int { 1 << 18 }
  private let buffers = FileBuffers()

  init(unit: TextUnit, lineEnds: TextLineEnds = .keep) {
    (self.unit, self.lineEnds) = (unit, lineEnds)
    seen = [Bool](repeating: false, count: unit == .bytes ? 0 : 0x11_0000)
  }

  /// The vocabulary of all characters so far.
  var vocabulary: Vocabulary {
    guard unit == .characters else { return .bytes }
    return Vocabulary(charactersOf: seen.indices.lazy.filter { seen[$0] }.compactMap { Unicode.Scalar(UInt32($0)) })
  }

  /// Adds a file. With characters as the unit, a byte-order mark at its start marks UTF-8, and is not part of the text.
  ///
  /// - Returns: nil, with the scan unchanged, if the unit is characters and the file is not text.
  /// - Throws: `GatewiseError.file` if the file becomes shorter meanwhile.
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
        // Includes the remaining bytes of a character that begins before `end`.
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

/// Counts the characters of one file.
private struct CharacterCount {
  private(set) var count = 0
  private let start: Int
  private let lineEnds: TextLineEnds
  private var offset: Int
  private var index: [Int] = []

  /// - Parameter start: The offset of the text.
  init(from start: Int, _ lineEnds: TextLineEnds) {
    (self.start, offset, self.lineEnds) = (start, start, lineEnds)
  }

  /// Returns the offsets of every 4,096th character; empty if each is one byte.
  func index(bytes: Int) -> [Int] { count == bytes - start ? [] : index }

  /// Reads up to the first character that begins at or after `end`; returns false if the bytes are not UTF-8.
  ///
  /// - Parameters:
  ///   - seen: Set to true for each scalar value that occurs.
  ///   - found: Receives the values beyond ASCII that occur for the first time.
  mutating func read(
    _ window: FileWindow, upTo end: Int, _ seen: UnsafeMutableBufferPointer<Bool>, _ found: inout [UInt32]
  ) -> Bool {
    let (bytes, start) = (window.bytes, window.start)
    while offset < end {
      if count % TextPart.stride == 0 { index.append(offset) }
      // Up to the next entry of the index, so that the loop over eight ASCII characters need not check for it.
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

  /// Whether one of eight ASCII characters is `\r`: its byte is zero in the difference, which subtracting one makes
  /// negative.
  private static func hasCarriageReturn(_ word: UInt64) -> Bool {
    ((word ^ 0x0d0d_0d0d_0d0d_0d0d) &- 0x0101_0101_0101_0101) & 0x8080_8080_8080_8080 != 0
  }
}
