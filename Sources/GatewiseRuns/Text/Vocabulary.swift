import Gatewise

/// The unit of a token.
public enum TextUnit: String, Sendable, Codable, CaseIterable {
  /// A Unicode scalar. Not a grapheme cluster: there are few scalars, and concatenating two texts never changes them.
  case characters
  /// A byte, of any file.
  case bytes
}

/// The tokens of a text model, in the order of their indices.
///
/// With characters as the unit, these are the scalars of the text that the vocabulary was built from, in ascending
/// order; with bytes, always all 256. A vocabulary is stored in the model file as JSON.
public struct Vocabulary: Sendable, Equatable {
  /// The unit of a token.
  public let unit: TextUnit
  /// The scalar of each token; for bytes, the 256 scalars of their values.
  public let scalars: [Unicode.Scalar]
  /// The token of each scalar value up to the largest one; -1 if there is none.
  private let indices: [Int32]

  /// The number of tokens, which is the model's input and output size.
  public var count: Int { scalars.count }

  /// The vocabulary of all 256 bytes.
  public static let bytes = Vocabulary(unit: .bytes, sorted: (0...255).map { Unicode.Scalar(UInt8($0)) })

  /// Creates the vocabulary of the characters in a text.
  ///
  /// Complexity: O(length of the text).
  public init(charactersOf text: some Sequence<Unicode.Scalar>) {
    var seen = [Bool](repeating: false, count: 0x11_0000)
    for scalar in text { seen[Int(scalar.value)] = true }
    self.init(unit: .characters, sorted: seen.indices.compactMap { seen[$0] ? Unicode.Scalar(UInt32($0)) : nil })
  }

  private init(unit: TextUnit, sorted: [Unicode.Scalar]) {
    self.unit = unit
    scalars = sorted
    var indices = [Int32](repeating: -1, count: sorted.last.map { Int($0.value) + 1 } ?? 0)
    for (token, scalar) in sorted.enumerated() { indices[Int(scalar.value)] = Int32(token) }
    self.indices = indices
  }

  /// Returns the token of a scalar (for bytes, of the byte with its value); nil if the vocabulary lacks it.
  public func token(of scalar: Unicode.Scalar) -> Int32? { token(ofValue: scalar.value) }

  /// Returns the token of the scalar with a value.
  @inline(__always)
  func token(ofValue value: UInt32) -> Int32? {
    guard value < indices.count, indices[Int(value)] >= 0 else { return nil }
    return indices[Int(value)]
  }

  /// Returns the tokens of a prompt. Characters that reading a text removes, and the vocabulary therefore may lack, are
  /// left out: a byte-order mark at the start, and `\r` before `\n`.
  ///
  /// - Throws: `GatewiseError.invalidArgument` naming the first character that the vocabulary lacks, and its position.
  public func encode(_ prompt: String) throws(GatewiseError) -> [Int32] {
    if unit == .bytes { return prompt.utf8.map { Int32($0) } }
    var tokens: [Int32] = []
    let scalars = Array(prompt.unicodeScalars)
    for (position, scalar) in scalars.enumerated() {
      guard let token = token(of: scalar) else {
        if position == 0, scalar == "\u{FEFF}" { continue }
        if scalar == "\r", position + 1 < scalars.count, scalars[position + 1] == "\n" { continue }
        throw .invalidArgument(
          "Character \(position + 1) of the prompt, \(Self.name(of: scalar)), does not occur in the text that the "
            + "model was trained on; its vocabulary has \(count) characters.")
      }
      tokens.append(token)
    }
    return tokens
  }

  /// Returns the UTF-8 bytes of a token.
  ///
  /// - Precondition: `token` lies in `0..<count`.
  public func utf8(of token: Int) -> [UInt8] {
    unit == .bytes ? [UInt8(token)] : Array(String(scalars[token]).utf8)
  }

  /// Returns the text of tokens; with bytes as the unit, invalid UTF-8 becomes U+FFFD.
  public func decode(_ tokens: some Sequence<Int32>) -> String {
    String(decoding: tokens.flatMap { utf8(of: Int($0)) }, as: UTF8.self)
  }

  /// Returns a scalar for messages: `'é' (U+00E9)`, or only the number if it is invisible.
  static func name(of scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let number = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    let visible = scalar.properties.isGraphemeBase && !scalar.properties.isWhitespace
    return visible ? "'\(scalar)' (\(number))" : number
  }
}

extension Vocabulary: Codable {
  private enum Keys: String, CodingKey { case unit, characters }

  /// Decodes a vocabulary; throws if a character appears twice, they are not in ascending order, or there is none.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    if try container.decode(TextUnit.self, forKey: .unit) == .bytes {
      self = .bytes
      return
    }
    let scalars = Array(try container.decode(String.self, forKey: .characters).unicodeScalars)
    guard !scalars.isEmpty, zip(scalars, scalars.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .characters, in: container, debugDescription: "The vocabulary's characters are not in ascending order.")
    }
    self.init(unit: .characters, sorted: scalars)
  }

  /// Encodes the unit and, for characters, one string of all of them.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(unit, forKey: .unit)
    if unit == .characters {
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars)
      try container.encode(String(text), forKey: .characters)
    }
  }
}
