import Gatewise

/// The concatenated files of a text, and their tokens.
struct TextCorpus: Sendable {
  let parts: [TextPart]
  let vocabulary: Vocabulary
  /// Buffers for pieces of the files.
  let buffers = FileBuffers()
  /// The number of each part's first token, and, last, the number of all tokens.
  private let firstTokens: [Int]

  var count: Int { firstTokens[parts.count] }

  init(_ parts: [TextPart], vocabulary: Vocabulary) {
    (self.parts, self.vocabulary) = (parts, vocabulary)
    var firstTokens = [0]
    for part in parts { firstTokens.append(firstTokens.last! + part.count) }
    self.firstTokens = firstTokens
  }

  /// Returns the position before a token, in time logarithmic in the number of files plus at most 4,095 characters.
  ///
  /// - Throws: `GatewiseError.file` if a file has become shorter or was changed.
  func cursor(at token: Int) throws(GatewiseError) -> TextTokens.Cursor {
    // No part is empty: the last one that begins at or before the token contains it.
    var (part, end) = (0, parts.count)
    while end - part > 1 {
      let middle = (part + end) / 2
      if firstTokens[middle] <= token { part = middle } else { end = middle }
    }
    let (found, number) = (parts[part], token - firstTokens[part])
    let offset = try buffers.withBuffer { (buffer) throws(GatewiseError) in try found.offset(of: number, buffer) }
    return TextTokens.Cursor(part: part, offset: offset)
  }

  /// Checks that a given vocabulary has every character of the text.
  ///
  /// - Parameter found: The text's own vocabulary; the text is searched only if it has more characters.
  /// - Throws: `GatewiseError.file` naming the first missing character, and its line.
  func require(_ found: Vocabulary) throws(GatewiseError) {
    guard !found.scalars.allSatisfy({ vocabulary.token(of: $0) != nil }) else { return }
    for part in parts {
      try buffers.withBuffer { (buffer) throws(GatewiseError) in
        var window = FileWindow(part.file, buffer)
        var (line, offset) = (1, part.start)
        while offset < part.file.size {
          if window.end - offset < 4, window.end < part.file.size {
            try window.move(to: offset, count: FileWindow.piece)
          }
          guard let (value, length) = window.bytes.character(at: offset - window.start, part.lineEnds),
            let scalar = Unicode.Scalar(value)
          else { throw part.changed }
          guard vocabulary.token(of: scalar) != nil else {
            let remedy = scalar == "\r" ? "; --line-ends lf reads \\r\\n as \\n." : "."
            throw .file(
              path: part.file.path,
              problem:
                "line \(line) has the character \(Vocabulary.name(of: scalar)), which the model's vocabulary "
                + "lacks\(remedy)"
            )
          }
          if scalar == "\n" { line += 1 }
          offset += length
        }
      }
    }
  }
}

/// Reads the tokens of a text from a given position on. Used by one thread at a time; allocates only the buffer for a
/// piece of a file.
struct TextReader {
  /// The position before the next token.
  private(set) var cursor: TextTokens.Cursor
  private let corpus: TextCorpus
  private var lineEnds: TextLineEnds
  private let buffer: FileBuffer
  private var window: FileWindow
  private let piece: Int

  /// - Parameter count: The expected number of tokens to read.
  init(_ corpus: TextCorpus, at cursor: TextTokens.Cursor, count: Int, _ buffer: FileBuffer) {
    (self.corpus, self.cursor, self.buffer) = (corpus, cursor, buffer)
    let part = corpus.parts[cursor.part]
    (window, lineEnds) = (FileWindow(part.file, buffer), part.lineEnds)
    // A character has at most four bytes.
    piece = min(max(4 * min(count, 1 << 20), 16), FileWindow.piece)
  }

  /// Returns the next token.
  ///
  /// - Throws: `GatewiseError.file` if a file has become shorter or was changed.
  @inline(__always)
  mutating func next() throws(GatewiseError) -> Int32 {
    if window.end - cursor.offset < 4, window.end < window.file.size || cursor.offset == window.end { try goOn() }
    if corpus.vocabulary.unit == .bytes {
      defer { cursor.offset += 1 }
      return Int32(window.bytes[cursor.offset - window.start])
    }
    guard let (value, length) = window.bytes.character(at: cursor.offset - window.start, lineEnds),
      let token = corpus.vocabulary.token(ofValue: value)
    else {
      throw corpus.parts[cursor.part].changed
    }
    cursor.offset += length
    return token
  }

  /// Extends the window, or moves to the next file if this one is at its end.
  private mutating func goOn() throws(GatewiseError) {
    if cursor.offset == window.file.size {
      // If the text has fewer characters than were counted, the file was changed.
      guard cursor.part + 1 < corpus.parts.count else { throw corpus.parts[cursor.part].changed }
      let part = corpus.parts[cursor.part + 1]
      cursor = TextTokens.Cursor(part: cursor.part + 1, offset: part.start)
      (window, lineEnds) = (FileWindow(part.file, buffer), part.lineEnds)
    }
    try window.move(to: cursor.offset, count: piece)
  }
}
