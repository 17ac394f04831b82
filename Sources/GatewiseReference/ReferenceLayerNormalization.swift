/// Where a layer normalizes its nets: every sequence's row by itself, to mean 0 and variance 1,
///
///     norm(v) = (v - mean v) / √(mean (v - mean v)² + ε),    ε = 1e-5
///
/// Source: J. L. Ba, J. R. Kiros and G. E. Hinton, Layer normalization, arXiv:1607.06450 (2016).
public enum ReferenceLayerNormalization: Sendable, CaseIterable {
  /// Each net over its own columns, before the bias: norm(x·W + y·R + peepholes) ∘ gain + b. TensorFlow Lite's.
  case gates
  /// Each product over all C columns, norm(x·W) ∘ gain + norm(y·R) ∘ gain + b + peepholes, and the cell state on its way
  /// out: h = o ∘ h(norm(c) ∘ gain + bias). Peepholes and the next step see c as it is. Haste's.
  case productsAndCell

  /// ε
  static let epsilon = 1e-5
}
