/// A Reber grammar as a state machine: from every node one or two edges lead on, each with a symbol and all equally
/// probable (Reber 1967).
///
///     0 ─B→ 1      1 ─T→ 2  1 ─P→ 3      2 ─S→ 2  2 ─X→ 4      3 ─T→ 3  3 ─V→ 5
///     4 ─X→ 3  4 ─S→ 6      5 ─P→ 4  5 ─V→ 6      6 ─E→ end
public struct ReberGrammar: Sendable {
  /// An edge from a node.
  public struct Edge: Sendable, Equatable {
    /// The symbol of the edge.
    public let symbol: ReberSymbol
    /// The node it leads to; nil ends the string.
    public let node: Int?
  }

  /// The edges of every node; strings begin at node 0.
  public let edges: [[Edge]]

  /// Reber's grammar: BTXSE, BPVVE, BTSSXXTVVE.
  public static let plain = ReberGrammar(edges: [
    [Edge(.B, 1)], [Edge(.T, 2), Edge(.P, 3)], [Edge(.S, 2), Edge(.X, 4)], [Edge(.T, 3), Edge(.V, 5)],
    [Edge(.X, 3), Edge(.S, 6)], [Edge(.P, 4), Edge(.V, 6)], [Edge(.E, nil)],
  ])

  /// The embedded grammar: B, then T or P, a string of Reber's grammar, the same T or P again, and E. The last symbol
  /// but one must be remembered through the whole inner string (Cleeremans, Servan-Schreiber & McClelland 1989).
  public static let embedded: ReberGrammar = {
    let inner = plain.edges.count
    let (first, second) = (2, 2 + inner + 2)
    return ReberGrammar(
      edges: [[Edge(.B, 1)], [Edge(.T, first), Edge(.P, second)]]
        + plain.shifted(to: first, endingAt: first + inner) + [[Edge(.T, first + inner + 1)], [Edge(.E, nil)]]
        + plain.shifted(to: second, endingAt: second + inner) + [[Edge(.P, second + inner + 1)], [Edge(.E, nil)]])
  }()

  /// The continual grammar: strings of the embedded grammar one after another without end, with no marker between them
  /// but the grammar itself (Gers, Schmidhuber & Cummins 2000).
  public static let continual = ReberGrammar(edges: embedded.shifted(to: 0, endingAt: 0))

  /// Returns the symbols that may come next at a node.
  public func successors(of node: Int) -> [ReberSymbol] { edges[node].map(\.symbol) }

  /// Returns the nodes with their numbers increased by `offset` and the end of the string replaced by a node.
  private func shifted(to offset: Int, endingAt end: Int) -> [[Edge]] {
    edges.map { $0.map { Edge($0.symbol, $0.node.map { $0 + offset } ?? end) } }
  }
}

extension ReberGrammar.Edge {
  fileprivate init(_ symbol: ReberSymbol, _ node: Int?) { (self.symbol, self.node) = (symbol, node) }
}
