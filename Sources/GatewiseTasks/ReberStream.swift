import Gatewise

/// A sequence of symbols of a Reber grammar, drawn from a seed.
public struct ReberStream: Sendable {
  /// The grammar.
  public let grammar: ReberGrammar
  /// The current node; nil after the end of a string.
  public private(set) var node: Int? = 0
  private var random: RandomStream

  /// Creates a stream before its first symbol.
  public init(_ grammar: ReberGrammar = .continual, random: RandomStream) {
    (self.grammar, self.random) = (grammar, random)
  }

  /// Begins a new string; the random numbers continue.
  public mutating func restart() { node = 0 }

  /// Returns the next symbol; nil after the end of a string.
  public mutating func next() -> ReberSymbol? {
    guard let node else { return nil }
    let edges = grammar.edges[node]
    let edge = edges.count == 1 ? edges[0] : edges[random.index(below: edges.count)]
    self.node = edge.node
    return edge.symbol
  }
}
