/// A sentence with formulas in it, which every format writes in its own letters.
public struct Prose: Sendable, Hashable, ExpressibleByStringInterpolation {
  /// A run of words, or a formula.
  public enum Piece: Sendable, Hashable {
    case words(String)
    case formula(Expression)
  }

  /// The pieces in their order.
  public let pieces: [Piece]

  /// Words alone.
  public init(stringLiteral words: String) { pieces = [.words(words)] }

  /// What an interpolated string literal says.
  public init(stringInterpolation: StringInterpolation) { pieces = stringInterpolation.pieces }

  /// The sentence with other quantities in its formulas.
  func mapping(_ change: (Quantity) -> Quantity) -> Prose {
    Prose(
      pieces: pieces.map { piece in
        if case .formula(let formula) = piece { .formula(formula.mapping(change)) } else { piece }
      })
  }

  /// One sentence behind the other.
  static func + (first: Prose, second: Prose) -> Prose { Prose(pieces: first.pieces + second.pieces) }

  private init(pieces: [Piece]) { self.pieces = pieces }

  /// Gathers the pieces of a literal.
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
