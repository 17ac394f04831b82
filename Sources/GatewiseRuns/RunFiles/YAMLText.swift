import Gatewise
import Yams

/// The text of a run file, made safe for a parser that expands aliases (`*name`) and compares the keys of a mapping
/// completely: with ten aliases per line, a few lines expand to more nodes than can be compared.
///
/// A run file needs no anchors, so every ampersand is replaced by a character that the text does not contain: an anchor
/// (`&name`) then becomes the beginning of a plain scalar and is detected, an alias is undefined, and in all other
/// scalars the ampersand is restored. What remains are nested keys that are lists or mappings themselves, each compared
/// with all its contents: the brackets that create them are limited.
struct YAMLText {
  /// The text to be parsed.
  let withoutAnchors: String
  private let path: String
  private let substitute: Unicode.Scalar

  /// The largest size of a run file in bytes; its nodes take a hundred times as much memory.
  static var sizeLimit: Int { 1 << 18 }
  /// The largest product of brackets and bytes, which bounds the cost of comparing keys.
  private static var costLimit: Int { 5_000_000 }

  /// - Throws: `GatewiseError.file` if the text has more brackets than options need.
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
          "has \(brackets) brackets and question marks in \(text.utf8.count) bytes, more than options need; write "
          + "one option per line, and the values of a list in one pair of brackets.")
    }
  }

  /// Returns the text of a parsed scalar as it is in the file.
  ///
  /// - Throws: `GatewiseError.file` with its line if it begins with an anchor.
  func string(of scalar: Node.Scalar) throws(GatewiseError) -> String {
    guard scalar.style != .plain || scalar.string.unicodeScalars.first != substitute else {
      throw .file(
        path: path,
        problem: "line \(scalar.mark?.line ?? 0) has an anchor (&), which run files do not allow; quote a value that "
          + "begins with &.")
    }
    var string = String.UnicodeScalarView()
    for character in scalar.string.unicodeScalars { string.append(character == substitute ? "&" : character) }
    return String(string)
  }
}
