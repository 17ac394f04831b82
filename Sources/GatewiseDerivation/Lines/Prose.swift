/// A sentence with formulas, which every format writes in its own letters.
public struct Prose: Sendable, Hashable, ExpressibleByStringInterpolation {
  /// Words, or a formula.
  public enum Piece: Sendable, Hashable {
    case words(String)
    case formula(Expression)
  }

  /// The pieces in order.
  public let pieces: [Piece]

  /// Words alone.
  public init(stringLiteral words: String) { pieces = [.words(words)] }

  /// The content of an interpolated string literal.
  public init(stringInterpolation: StringInterpolation) { pieces = stringInterpolation.pieces }

  /// The sentence with its formulas' quantities replaced.
  func mapping(_ change: (Quantity) -> Quantity) -> Prose {
    Prose(
      pieces: pieces.map { piece in
        if case .formula(let formula) = piece { .formula(formula.mapping(change)) } else { piece }
      })
  }

  /// Returns two sentences, one after the other.
  static func + (first: Prose, second: Prose) -> Prose { Prose(pieces: first.pieces + second.pieces) }

  private init(pieces: [Piece]) { self.pieces = pieces }

  /// The pieces of a literal under construction.
  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var pieces: [Piece] = []

    /// Nothing yet.
    public init(literalCapacity: Int, interpolationCount: Int) {}

    /// Words.
    public mutating func appendLiteral(_ literal: String) {
      if !literal.isEmpty { pieces.append(.words(literal)) }
    }

    /// More words.
    public mutating func appendInterpolation(_ words: String) { appendLiteral(words) }

    /// A whole number.
    public mutating func appendInterpolation(_ number: Int) { appendLiteral("\(number)") }

    /// A formula.
    public mutating func appendInterpolation(_ expression: Expression) { pieces.append(.formula(expression)) }

    /// A quantity.
    public mutating func appendInterpolation(_ quantity: Quantity) { pieces.append(.formula(.quantity(quantity))) }
  }
}
