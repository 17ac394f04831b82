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

extension LayerNormalization: ModelComponent {
  // Gains of pre-activations, of x·W and y·R, and of c, and the bias of c.
  private static let netGain = LayerTensor("norm_gain", .normalizationGain, [.columns])
  private static let inputGain = LayerTensor("norm_input_gain", .normalizationGain, [.columns])
  private static let recurrentGain = LayerTensor("norm_recurrent_gain", .normalizationGain, [.columns])
  private static let cellGain = LayerTensor("norm_cell_gain", .normalizationGain, [.cells])
  private static let cellBias = LayerTensor("norm_cell_bias", .normalizationBias, [.cells])

  static var name: String { "layer normalization" }
  static var tileLimit: String? { "normalization" }
  static var isRecorded: Bool { false }

  static func isUsed(in configuration: LSTMConfiguration) -> Bool { configuration.normalization != nil }

  static func tensors(in configuration: LSTMConfiguration) -> [LayerTensor] {
    switch configuration.normalization {
    case nil: []
    case .gates: [netGain]
    case .productsAndCell: [inputGain, recurrentGain, cellGain, cellBias]
    }
  }

  /// The offsets of a direction's gains in the flat vector.
  enum Parameters: Sendable {
    /// The gain `[C]`.
    case gates(gain: Int)
    /// The gains of x·W and y·R `[C]`, and the gain and bias of c `[H]`.
    case productsAndCell(input: Int, recurrent: Int, cell: Int, cellBias: Int)

    /// Finds the offsets; nil if the direction normalizes nothing.
    init?(_ layer: LayerParameters) {
      if let gain = layer.offset(of: netGain) {
        self = .gates(gain: gain)
      } else if let input = layer.offset(of: inputGain), let recurrent = layer.offset(of: recurrentGain),
        let cell = layer.offset(of: cellGain), let cellBias = layer.offset(of: cellBias)
      {
        self = .productsAndCell(input: input, recurrent: recurrent, cell: cell, cellBias: cellBias)
      } else {
        return nil
      }
    }
  }
}
