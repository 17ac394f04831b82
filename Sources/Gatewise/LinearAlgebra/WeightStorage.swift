internal import CGatewiseKernels

/// The storage of a layer's weights during a forward pass.
///
/// For a single sequence the speed is limited by reading the weights from the cache: fewer bytes are faster. The
/// setting applies to W and R, except for rows of W that tokens select, which are read in full precision; biases,
/// peepholes and the readout are unchanged. Formats other than `full` need `Float` and the tile path.
public enum WeightStorage: String, Sendable, CaseIterable {
  /// Unchanged.
  case full
  /// W and R rounded to bfloat16, to nearest, ties to even: half the bytes. The relative error of a weight is at most
  /// 2⁻⁸ (0.4 %); the arithmetic is unchanged, and the outputs are exactly those of a model with the rounded weights.
  case bfloat16
  /// W and R in 8 bits, a quarter of the bytes: integers q from -127 to 127 with a scale s for every column, that is
  /// for every gate of every unit, s = (largest magnitude) / 127. The error of a weight is at most s/2.
  ///
  /// At every step each row of x_t and of y_{t-1} is quantized in the same way, with its own scale:
  ///
  ///     a_t = b + s_x s_W ∘ (q_x · q_W) + s_y s_R ∘ (q_y · q_R)
  ///
  /// The products are exact in 32 bits, the rest is in `Float`. A row with a NaN or infinite element makes all
  /// pre-activations NaN; a row whose largest magnitude is below 2⁻¹⁰⁰ counts as zero.
  case int8

  /// The same for the kernels.
  var format: gatewise_storage {
    switch self {
    case .full: GATEWISE_FULL
    case .bfloat16: GATEWISE_BFLOAT16
    case .int8: GATEWISE_INT8
    }
  }

  /// The widest x or y for which no sum of `int8` products overflows 32 bits.
  static let widestInt8Row = Int(GATEWISE_INT8_WIDEST)
}
