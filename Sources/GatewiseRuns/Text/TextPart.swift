import Gatewise

/// One file's part of a text, and where its tokens begin.
struct TextPart: Sendable {
  let file: DataFile
  /// Where the text begins: behind a byte-order mark.
  let start: Int
  let lineEnds: TextLineEnds
  /// The number of its tokens.
  let count: Int
  /// The first byte of every token whose number is a multiple of `stride`; empty where every token is one byte.
  let index: [Int]

  /// Tokens from one entry of the index to the next: 8 bytes for so many, and on average half as many to pass over
  /// before the one that is wanted.
  static var stride: Int { 4096 }

  /// Where a token begins.
  ///
  /// - Parameters:
  ///   - token: its number in this part, below `count`.
  ///   - buffer: Room for a piece of the file.
  /// - Throws: `GatewiseError.file` where the file is no longer what it was.
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

  /// What to say where the bytes are not those that were there before.
  var changed: GatewiseError {
    .file(
      path: file.path, problem: "was changed while it was read. Leave the file alone during a run, and begin again.")
  }
}
