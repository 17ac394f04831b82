import Foundation
import Gatewise
import GatewiseRuns
import Testing

/// A text with all of its tokens in memory, decoded by the standard library's UTF-8.
struct TextReference {
  let tokens: [Int32]

  /// - Parameter files: The files, concatenated.
  init(_ files: [[UInt8]], unit: TextUnit) {
    let bytes = Array(files.joined())
    guard unit == .characters else {
      tokens = bytes.map { Int32($0) }
      return
    }
    let scalars = files.flatMap { Array(String(decoding: $0, as: UTF8.self).unicodeScalars) }
    let numbers = Dictionary(uniqueKeysWithValues: Set(scalars).sorted().enumerated().map { ($1, Int32($0)) })
    tokens = scalars.map { numbers[$0]! }
  }

  /// Returns the windows of a batch: stream n is the n-th of N equal pieces of all tokens but the last.
  static func batch(
    _ position: Int, of tokens: [Int32], streams: Int, window: Int
  ) -> (tokens: [Int32], classes: [Int32]) {
    let length = (tokens.count - 1) / streams
    let steps = min(window, length - position * window)
    let places = (0..<steps).flatMap { t in (0..<streams).map { n in n * length + position * window + t } }
    return (places.map { tokens[$0] }, places.map { tokens[$0 + 1] })
  }

  /// Returns ASCII letters and characters of 1 to 4 bytes: one of `rare` characters is not ASCII.
  static func text(characters: Int, rare: Int, seed: UInt64) -> [UInt8] {
    var random = RandomStream(seed: seed)
    let others = Array("äéßжЖ漢字€😀👩\u{200D}\u{10FFFF}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}".unicodeScalars)
    var text = String.UnicodeScalarView()
    for _ in 0..<characters {
      let isRare = random.index(below: rare) == 0
      text.append(
        isRare ? others[random.index(below: others.count)] : Unicode.Scalar(UInt8(97 + random.index(below: 20))))
    }
    return Array(String(text).utf8)
  }
}
