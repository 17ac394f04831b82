import Gatewise

/// Symbols of a Reber grammar, one after the other, drawn by a seed.
public struct ReberStream: Sendable {
  /// What the symbols are of.
  public let grammar: ReberGrammar
  /// Where the grammar is; nil behind the end of a string.
  public private(set) var node: Int? = 0
  private var random: RandomStream

  /// A stream that stands before the first symbol.
  public init(_ grammar: ReberGrammar = .continual, random: RandomStream) {
    (self.grammar, self.random) = (grammar, random)
  }

  /// Begins a new string; what is drawn goes on.
  public mutating func restart() { node = 0 }

  /// The next symbol; nil behind the end of a string.
  public mutating func next() -> ReberSymbol? {
    guard let node else { return nil }
    let edges = grammar.edges[node]
    let edge = edges.count == 1 ? edges[0] : edges[random.index(below: edges.count)]
    self.node = edge.node
    return edge.symbol
  }
}
