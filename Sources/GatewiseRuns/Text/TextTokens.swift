import Gatewise

/// The tokens of a text or of a part of it, decoded from the bytes of its files on demand.
///
/// Files of 64 KiB and more are never held in memory: they are read on demand, some KiB at a time. With characters as
/// the unit, an index of 8 bytes per 4,096 characters locates any token, unless all are ASCII.
public struct TextTokens: Sendable {
  /// The number of tokens.
  public var count: Int { range.count }
  /// Whether there are no tokens.
  public var isEmpty: Bool { range.isEmpty }

  private let storage: Storage
  private let range: Range<Int>

  private enum Storage: Sendable {
    case array([Int32])
    case files(TextCorpus)
  }

  /// A position between tokens.
  struct Cursor: Sendable {
    /// The number of the file, from 0.
    var part = 0
    /// The offset of the next token's first byte; in an array, its index.
    var offset = 0
  }

  /// Creates tokens in memory.
  init(_ tokens: [Int32]) { (storage, range) = (.array(tokens), 0..<tokens.count) }

  /// Creates the tokens of files in a range.
  init(_ corpus: TextCorpus, in range: Range<Int>) { (storage, self.range) = (.files(corpus), range) }

  /// Returns the tokens, or a range of them, as an array of four bytes each.
  ///
  /// - Parameter wanted: The token numbers, inside `0..<count`; nil is all.
  /// - Throws: `GatewiseError.file` if a file has become shorter or was changed.
  public func array(in wanted: Range<Int>? = nil) throws(GatewiseError) -> [Int32] {
    let wanted = wanted ?? 0..<count
    precondition(wanted.lowerBound >= 0 && wanted.upperBound <= count, "tokens \(wanted) of \(count)")
    guard !wanted.isEmpty else { return [] }
    let first = range.lowerBound + wanted.lowerBound
    switch storage {
    case .array(let tokens): return Array(tokens[first..<(first + wanted.count)])
    case .files(let corpus):
      let cursor = try corpus.cursor(at: first)
      return try corpus.buffers.withBuffer { (buffer) throws(GatewiseError) in
        var reader = TextReader(corpus, at: cursor, count: wanted.count, buffer)
        var tokens: [Int32] = []
        tokens.reserveCapacity(wanted.count)
        for _ in wanted { tokens.append(try reader.next()) }
        return tokens
      }
    }
  }

  /// Returns the position before a token.
  ///
  /// - Throws: As `array(in:)`.
  func cursor(at token: Int) throws(GatewiseError) -> Cursor {
    switch storage {
    case .array: Cursor(offset: range.lowerBound + token)
    case .files(let corpus): try corpus.cursor(at: range.lowerBound + token)
    }
  }

  /// Copies a stream's tokens, and the token after each; moves the cursor to the first token that was not copied.
  /// Allocates nothing.
  ///
  /// - Parameters:
  ///   - steps: The number of tokens, at least 1; one more must follow.
  ///   - cursor: The position before the first token.
  ///   - first: The destination of the first token; the others follow `stride` elements apart.
  /// - Throws: As `array(in:)`.
  func copy(
    steps: Int, at cursor: inout Cursor, to tokens: inout [Int32], next: inout [Int32], from first: Int, stride: Int
  ) throws(GatewiseError) {
    var target = first
    switch storage {
    case .array(let array):
      for _ in 0..<steps {
        tokens[target] = array[cursor.offset]
        next[target] = array[cursor.offset + 1]
        cursor.offset += 1
        target += stride
      }
    case .files(let corpus):
      try corpus.buffers.withBuffer { (buffer) throws(GatewiseError) in
        var reader = TextReader(corpus, at: cursor, count: steps + 1, buffer)
        var token = try reader.next()
        for _ in 0..<steps {
          tokens[target] = token
          cursor = reader.cursor
          token = try reader.next()
          next[target] = token
          target += stride
        }
      }
    }
  }
}
