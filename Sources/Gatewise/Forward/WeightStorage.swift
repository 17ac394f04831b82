/// How a forward pass stores the weights that it multiplies by. The arithmetic is the same.
public enum WeightStorage: String, Sendable, CaseIterable {
  /// As they are.
  case full
  /// W and R rounded to bfloat16, to nearest, ties to even: half the bytes, which is what a single sequence waits for.
  /// A weight is off by at most 2⁻⁸ (0.4 %) of itself; the outputs are exactly those of a model whose weights have been
  /// rounded so, but that rows of W which tokens choose are read in full. `Float` and the tile only.
  case bfloat16

  /// Checks that an engine can store weights so.
  func validate<S: Scalar>(for type: S.Type, cell: MemoryCell, path: RecurrentPath) throws(GatewiseError) {
    guard self == .bfloat16 else { return }
    guard cell.isVanilla else {
      throw .invalidArgument("bfloat16 weights need the tile, which runs the default cell alone; store them in full.")
    }
    guard S.dataType == .float32 else {
      throw .invalidArgument(
        "bfloat16 weights are for float32, but these numbers are float64; convert them.")
    }
    guard path == .tile else {
      throw .invalidArgument(
        "bfloat16 weights need the tile, but \(RecurrentPath.environmentVariable) asks for the plain path.")
    }
  }
}
