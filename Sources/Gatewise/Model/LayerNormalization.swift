/// Where a layer normalizes what its nets take in, every sequence and step by itself:
///
///     norm(v) = (v - mean v) / √(mean (v - mean v)² + ε),    ε = 1e-5
///
/// Gains start at 1. Source: Ba, Kiros & Hinton 2016.
public enum LayerNormalization: String, Sendable, CaseIterable, Codable {
  /// Every net over its own columns, before the bias: norm(x·W + y·R + peepholes) ∘ gain + b; TensorFlow Lite's.
  case gates
  /// Either product over all columns, norm(x·W) ∘ gain + norm(y·R) ∘ gain + b + peepholes, and the cell state on its
  /// way out, h = o ∘ h(norm(c) ∘ gain + bias); what is remembered, and seen by peepholes, is c as it is. Haste's.
  case productsAndCell = "products-and-cell"

  /// ε
  static let epsilon = 1e-5
}

/// Where a direction's gains begin in the flat vector.
enum NormalizationParameters: Sendable, Equatable {
  /// Gain `[C]`.
  case gates(gain: Int)
  /// Gains of x·W and y·R `[C]`, and gain and bias of c `[H]`.
  case productsAndCell(input: Int, recurrent: Int, cell: Int, cellBias: Int)
}
