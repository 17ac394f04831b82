import Gatewise

/// The files of a text, one behind the other with nothing between, and what their tokens are.
struct TextCorpus: Sendable {
  let parts: [TextPart]
  let vocabulary: Vocabulary
  /// The number of each part's first token, and at the end that of all tokens.
  private let firstTokens: [Int]

  var count: Int { firstTokens[parts.count] }

  init(_ parts: [TextPart], vocabulary: Vocabulary) {
    (self.parts, self.vocabulary) = (parts, vocabulary)
    var firstTokens = [0]
    for part in parts { firstTokens.append(firstTokens.last! + part.count) }
    self.firstTokens = firstTokens
  }

  /// The place before a token, found in the logarithm of the number of files and at most 4,095 characters.
  ///
  /// - Throws: `GatewiseError.file` where a file has become shorter or is no longer the text that it was.
  func cursor(at token: Int) throws(GatewiseError) -> TextTokens.Cursor {
    // No part is empty: the last that begins at or before the token has it.
    var (part, end) = (0, parts.count)
    while end - part > 1 {
      let middle = (part + end) / 2
      if firstTokens[middle] <= token { part = middle } else { end = middle }
    }
    return TextTokens.Cursor(part: part, offset: try parts[part].offset(of: token - firstTokens[part]))
  }

  /// Checks that a vocabulary from elsewhere has every character of the text.
  ///
  /// - Parameter found: The text's own vocabulary; the text is looked at only where it has more.
  /// - Throws: `GatewiseError.file` naming the first character that is missing, and its line.
  func require(_ found: Vocabulary) throws(GatewiseError) {
    guard !found.scalars.allSatisfy({ vocabulary.token(of: $0) != nil }) else { return }
    for part in parts {
      let bytes = part.file.bytes
      var (line, offset) = (1, part.start)
      while offset < bytes.count, let (value, length) = bytes.character(at: offset, part.lineEnds),
        let scalar = Unicode.Scalar(value)
      {
        guard vocabulary.token(of: scalar) != nil else {
          let remedy = scalar == "\r" ? "; --line-ends lf reads \\r\\n as \\n." : "."
          throw .file(
            path: part.file.path,
            problem:
              "line \(line) has the character \(Vocabulary.name(of: scalar)), which the model's vocabulary lacks\(remedy)"
          )
        }
        if scalar == "\n" { line += 1 }
        offset += length
      }
    }
  }
}

/// Reads the tokens of a text from some place on. Belongs to one thread at a time; allocates nothing.
struct TextReader {
  /// Before the next token.
  private(set) var cursor: TextTokens.Cursor
  private let corpus: TextCorpus
  private let lineEnds: TextLineEnds
  private var bytes: UnsafeRawBufferPointer

  /// - Throws: `GatewiseError.file` where the file there has become shorter.
  init(_ corpus: TextCorpus, at cursor: TextTokens.Cursor) throws(GatewiseError) {
    (self.corpus, self.cursor) = (corpus, cursor)
    let part = corpus.parts[cursor.part]
    try part.file.checkLength()
    (bytes, lineEnds) = (part.file.bytes, part.lineEnds)
  }

  /// The next token.
  ///
  /// - Throws: `GatewiseError.file` where a file has become shorter or is no longer the text that it was.
  @inline(__always)
  mutating func next() throws(GatewiseError) -> Int32 {
    if cursor.offset == bytes.count { try goToNextPart() }
    if corpus.vocabulary.unit == .bytes {
      defer { cursor.offset += 1 }
      return Int32(bytes[cursor.offset])
    }
    guard let (value, length) = bytes.character(at: cursor.offset, lineEnds),
      let token = corpus.vocabulary.token(ofValue: value)
    else {
      throw corpus.parts[cursor.part].changed
    }
    cursor.offset += length
    return token
  }

  private mutating func goToNextPart() throws(GatewiseError) {
    // Where the text has fewer characters than were counted, it was written to.
    guard cursor.part + 1 < corpus.parts.count else { throw corpus.parts[cursor.part].changed }
    let part = corpus.parts[cursor.part + 1]
    try part.file.checkLength()
    cursor = TextTokens.Cursor(part: cursor.part + 1, offset: part.start)
    bytes = part.file.bytes
  }
}
