/// A named tensor in the flat parameter vector.
///
/// Weights are [inputs, outputs], so a row times a weight is a row: `weight_ih_l*` [I, C], `weight_hh_l*` [P, C],
/// `weight_gh_l*` [G, C], `bias_ih_l*` with the columns that have a bias, `weight_hr_l*` [H, P]. The C columns are
/// blocks i, f, g, o, and the G rows blocks i, f, o, of those that the layer has: 4H and 3H for a layer of plain cells.
/// `peephole_l*` has a row [H] for each gate in that order. `norm_gain_l*`, `norm_input_gain_l*` and
/// `norm_recurrent_gain_l*` are [C], `norm_cell_gain_l*` and `norm_cell_bias_l*` [H], `h0_l*` [P], `c0_l*` [H];
/// `head.weight` [D·P, K], `head.input_weight` [I, K], `head.bias` [K], `embedding.weight` [I, M]. Names of a reverse
/// direction end in `_reverse`.
public struct ReferenceTensor: Sendable, Equatable {
  /// The name, PyTorch's if PyTorch has this tensor.
  public let name: String
  /// The extents, row-major.
  public let shape: [Int]
  /// The first position of the tensor in the flat vector.
  public let offset: Int
  /// The tensor's level; 0 for the embedding and the number of levels for the readout.
  public let layer: Int
  /// The number of entries.
  public var count: Int { shape.reduce(1, *) }
  /// The positions in the flat vector.
  public var range: Range<Int> { offset..<(offset + count) }
}
