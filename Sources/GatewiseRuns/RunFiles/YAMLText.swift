import Gatewise
import Yams

/// The text of a run file, made safe for a parser that puts the meaning of an alias (`*name`) in its place and compares
/// the keys of a mapping whole: with ten aliases on a line, some lines mean more nodes than a computer can compare.
///
/// A run file needs no anchors. So every ampersand is exchanged for a character that the text does not have: an anchor
/// (`&name`) is then the beginning of a plain text and found as such, an alias leads nowhere, and in all other texts the
/// ampersand is put back. What is left are keys that are lists or mappings themselves, one in the other, each compared
/// with all that it has inside: the brackets that make them are limited.
struct YAMLText {
  /// The text to be parsed.
  let withoutAnchors: String
  private let path: String
  private let substitute: Unicode.Scalar

  /// The most bytes of a run file, whose nodes take a hundred times as many.
  static var sizeLimit: Int { 1 << 18 }
  /// The most that brackets times bytes may be, which is what comparing keys can cost.
  private static var costLimit: Int { 5_000_000 }

  /// - Throws: `GatewiseError.file` where the text has more brackets than options need.
  init(_ text: String, path: String) throws(GatewiseError) {
    self.path = path
    let privateUse: ClosedRange<UInt32> = 0xE000...0xF8FF
    let used = Set(text.unicodeScalars.lazy.map(\.value).filter(privateUse.contains))
    substitute = privateUse.first { !used.contains($0) }.flatMap(Unicode.Scalar.init) ?? "\u{10FFFD}"
    let substitute = substitute
    var safe = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { safe.append(scalar == "&" ? substitute : scalar) }
    withoutAnchors = String(safe)
    let brackets = text.utf8.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "?") }
    guard brackets <= 16 || brackets * text.utf8.count <= Self.costLimit else {
      throw .file(
        path: path,
        problem:
          "has \(brackets) brackets and question marks in \(text.utf8.count) bytes, more than options need; give "
          + "one option on a line, and the values of a list in one pair of brackets.")
    }
  }

  /// What a scalar of the parsed text says in the file.
  ///
  /// - Throws: `GatewiseError.file` with its line where it begins with an anchor.
  func string(of scalar: Node.Scalar) throws(GatewiseError) -> String {
    guard scalar.style != .plain || scalar.string.unicodeScalars.first != substitute else {
      throw .file(
        path: path,
        problem: "line \(scalar.mark?.line ?? 0) has an anchor (&), which run files do without; put a text that begins "
          + "with & in quotes.")
    }
    var string = String.UnicodeScalarView()
    for character in scalar.string.unicodeScalars { string.append(character == substitute ? "&" : character) }
    return String(string)
  }
}
