import Gatewise

/// What one token of a text is.
public enum TextUnit: String, Sendable, Codable, CaseIterable {
  /// A Unicode scalar. Not a grapheme cluster: scalars are few, and joining two texts never changes them.
  case characters
  /// A byte, of any file.
  case bytes
}

/// The tokens of a text model, in the order of their indices.
///
/// In units of characters these are the scalars of the text that the vocabulary was built from, in ascending order; in
/// units of bytes always all 256. A vocabulary is kept in the model file as JSON.
public struct Vocabulary: Sendable, Equatable {
  /// What one token is.
  public let unit: TextUnit
  /// The scalar of each token; for bytes the 256 scalars of their values.
  public let scalars: [Unicode.Scalar]
  /// The token of each scalar value up to the greatest one; -1 where there is none.
  private let indices: [Int32]

  /// The number of tokens, which is the model's input and output size.
  public var count: Int { scalars.count }

  /// All 256 bytes.
  public static let bytes = Vocabulary(unit: .bytes, sorted: (0...255).map { Unicode.Scalar(UInt8($0)) })

  /// The characters that occur in a text.
  ///
  /// Takes time proportional to the text.
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

  /// The token of a scalar (for bytes: of the byte with its value); nil where the vocabulary lacks it.
  public func token(of scalar: Unicode.Scalar) -> Int32? { token(ofValue: scalar.value) }

  /// The token of the scalar with a value.
  @inline(__always)
  func token(ofValue value: UInt32) -> Int32? {
    guard value < indices.count, indices[Int(value)] >= 0 else { return nil }
    return indices[Int(value)]
  }

  /// The tokens of a prompt. What a text is read without, and the vocabulary therefore lacks, is left out of it, too: a
  /// byte-order mark at the start, and `\r` before `\n`.
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
            + "model was trained on; the model knows \(count) characters.")
      }
      tokens.append(token)
    }
    return tokens
  }

  /// The UTF-8 bytes that a token stands for, to be written as they come.
  ///
  /// - Precondition: `token` lies in `0..<count`.
  public func utf8(of token: Int) -> [UInt8] {
    unit == .bytes ? [UInt8(token)] : Array(String(scalars[token]).utf8)
  }

  /// The text of tokens; in units of bytes, what is not UTF-8 becomes U+FFFD.
  public func decode(_ tokens: some Sequence<Int32>) -> String {
    String(decoding: tokens.flatMap { utf8(of: Int($0)) }, as: UTF8.self)
  }

  /// How a scalar is named in a message: `'é' (U+00E9)`, or the number alone where it cannot be seen.
  static func name(of scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let number = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    let visible = scalar.properties.isGraphemeBase && !scalar.properties.isWhitespace
    return visible ? "'\(scalar)' (\(number))" : number
  }
}

extension Vocabulary: Codable {
  private enum Keys: String, CodingKey { case unit, characters }

  /// Reads a vocabulary; throws where a character appears twice, they are not in order, or there is none.
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

  /// Writes the unit and, for characters, one string of all of them.
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
