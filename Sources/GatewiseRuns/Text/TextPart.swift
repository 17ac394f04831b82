import Gatewise

/// A file of a text, and the positions of its tokens.
struct TextPart: Sendable {
  let file: DataFile
  /// The offset of the text, after a byte-order mark.
  let start: Int
  let lineEnds: TextLineEnds
  /// The number of its tokens.
  let count: Int
  /// The offset of every token whose number is a multiple of `stride`; empty if every token is one byte.
  let index: [Int]

  /// The number of tokens from one entry of the index to the next: each costs 8 bytes, and on average half of that many
  /// tokens are scanned to find one.
  static var stride: Int { 4096 }

  /// Returns the offset of a token.
  ///
  /// - Parameters:
  ///   - token: Its number in this part, below `count`.
  ///   - buffer: A buffer for a piece of the file.
  /// - Throws: `GatewiseError.file` if the file was changed.
  func offset(of token: Int, _ buffer: FileBuffer) throws(GatewiseError) -> Int {
    precondition(token >= 0 && token < count, "token \(token) of \(count)")
    guard !index.isEmpty else { return start + token }
    let first = index[token / Self.stride]
    var window = FileWindow(file, buffer)
    // A character has at most four bytes.
    if token % Self.stride > 0 { try window.move(to: first, count: 4 * (token % Self.stride)) }
    var place = first - window.start
    for _ in 0..<(token % Self.stride) {
      guard place < window.bytes.count, let (_, length) = window.bytes.character(at: place, lineEnds) else {
        throw changed
      }
      place += length
    }
    return window.start + place
  }

  /// The error for a file that was changed.
  var changed: GatewiseError {
    .file(
      path: file.path, problem: "was changed while it was read; leave the file alone during a run, and start again.")
  }
}
