/// The layer normalization of a layer's pre-activations, separately for every sequence and step:
///
///     norm(v) = (v - mean v) / √(mean (v - mean v)² + ε),    ε = 1e-5
///
/// Gains start at 1. Source: Ba, Kiros & Hinton 2016.
public enum LayerNormalization: String, Sendable, CaseIterable, Codable {
  /// Each gate and the candidate over its own columns, before the bias: norm(x·W + y·R + peepholes) ∘ gain + b, as in
  /// TensorFlow Lite.
  case gates
  /// Each of the two products over all columns, norm(x·W) ∘ gain + norm(y·R) ∘ gain + b + peepholes, and the cell state
  /// in the output, h = o ∘ h(norm(c) ∘ gain + bias); the stored cell state and the peepholes use c itself. As in
  /// Haste.
  case productsAndCell = "products-and-cell"

  /// ε
  static let epsilon = 1e-5
}

/// The offsets of a direction's gains in the flat vector.
enum NormalizationParameters: Sendable, Equatable {
  /// The gain `[C]`.
  case gates(gain: Int)
  /// The gains of x·W and y·R `[C]`, and the gain and bias of c `[H]`.
  case productsAndCell(input: Int, recurrent: Int, cell: Int, cellBias: Int)
}
