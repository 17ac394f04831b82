/// A squashing function of a memory cell: g, which bends what goes in, or h, which bends what comes out.
public enum Activation: String, Sendable, CaseIterable, Codable {
  /// tanh x
  case tanh
  /// x
  case identity
  /// σ(x), range [0, 1]
  case logistic
  /// 2σ(x) - 1, range [-1, 1]: h of Hochreiter & Schmidhuber 1997.
  case centeredLogistic = "logistic-1"
  /// 4σ(x) - 2, range [-2, 2]: g of Hochreiter & Schmidhuber 1997.
  case doubledLogistic = "logistic-2"
  /// max(0, x); its derivative at 0 is 0.
  case relu
  /// x / (1 + |x|)
  case softsign
}
