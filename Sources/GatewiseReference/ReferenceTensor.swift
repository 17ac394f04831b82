/// One named tensor in the flat parameter vector.
///
/// Weights are [inputs, outputs], so that a row times a weight is a row: `weight_ih_l*` [I, C], `weight_hh_l*` [H, C],
/// `weight_gh_l*` [G, C], `bias_ih_l*` of the columns that have one. The C columns are blocks i, f, g, o, and the G
/// rows blocks i, f, o, of those that the layer has: 4H and 3H for a layer of plain cells. `peephole_l*` has a row [H]
/// for each gate in that order; `h0_l*` and `c0_l*` are [H]; `head.weight` [H, K], `head.input_weight` [I, K],
/// `head.bias` [K].
public struct ReferenceTensor: Sendable, Equatable {
  /// The name, PyTorch's where PyTorch has this tensor.
  public let name: String
  /// The extents, row-major.
  public let shape: [Int]
  /// Where the tensor begins in the flat vector.
  public let offset: Int
  /// The layer it belongs to; the number of layers for the readout.
  public let layer: Int
  /// The number of its entries.
  public var count: Int { shape.reduce(1, *) }
  /// Its place in the flat vector.
  public var range: Range<Int> { offset..<(offset + count) }
}
