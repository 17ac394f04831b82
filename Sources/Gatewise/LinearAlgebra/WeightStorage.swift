internal import CGatewiseKernels

/// How a forward pass stores the weights that it multiplies by.
///
/// A single sequence waits for its weights to come from the cache: the fewer bytes they have, the faster it runs. What is
/// stored is W and R, of which rows that tokens choose are read in full; biases, peepholes and a readout stay as they
/// are. All but `full` is for `Float` and the tile only.
public enum WeightStorage: String, Sendable, CaseIterable {
  /// As they are.
  case full
  /// W and R rounded to bfloat16, to nearest, ties to even: half the bytes. A weight is off by at most 2⁻⁸ (0.4 %) of
  /// itself; the arithmetic stays, and the outputs are exactly those of a model whose weights have been rounded so.
  case bfloat16
  /// W and R in 8 bits, a quarter of the bytes: whole numbers q from -127 to 127 with a scale s for every column, that is
  /// for every unit's gate, s = (largest magnitude) / 127. A weight is off by at most s/2.
  ///
  /// Each row of x_t and of y_{t-1} becomes such numbers as well, with a scale of its own, at every step:
  ///
  ///     a_t = b + s_x s_W ∘ (q_x · q_W) + s_y s_R ∘ (q_y · q_R)
  ///
  /// The products are exact in 32 bits, the rest is in `Float`. A row of which a number is not finite makes all
  /// pre-activations NaN; one whose largest magnitude is below 2⁻¹⁰⁰ counts as zero.
  case int8

  /// The widest x or y for which no sum of products of `int8` leaves 32 bits.
  static let widestInt8Row = Int(GATEWISE_INT8_WIDEST)
}
