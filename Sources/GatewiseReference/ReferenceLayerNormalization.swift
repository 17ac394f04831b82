/// Where a layer normalizes its pre-activations: every sequence's row separately, to mean 0 and variance 1,
///
///     norm(v) = (v - mean v) / √(mean (v - mean v)² + ε),    ε = 1e-5
///
/// Source: J. L. Ba, J. R. Kiros and G. E. Hinton, Layer normalization, arXiv:1607.06450 (2016).
public enum ReferenceLayerNormalization: Sendable, CaseIterable {
  /// The pre-activations of each gate over their own columns, before the bias: norm(x·W + y·R + peepholes) ∘ gain + b.
  /// As in TensorFlow Lite.
  case gates
  /// Each product over all C columns, norm(x·W) ∘ gain + norm(y·R) ∘ gain + b + peepholes, and the cell state in the
  /// output: h = o ∘ h(norm(c) ∘ gain + bias). Peepholes and the next step read the unnormalized c. As in Haste.
  case productsAndCell

  /// ε
  static let epsilon = 1e-5
}
