/// A symbol of the Reber grammar, in the order of the network's inputs.
public enum ReberSymbol: Int, Sendable, CaseIterable {
  case B, T, P, S, X, V, E
}
