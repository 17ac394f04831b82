/// A symbol of the Reber grammar, in the order in which networks see them.
public enum ReberSymbol: Int, Sendable, CaseIterable {
  case B, T, P, S, X, V, E
}
