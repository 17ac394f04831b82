/// One matrix of a step's Jacobian, J `[rows, depth]`, by which derivatives are multiplied: `∂made += ∂state·Jᵀ` for
/// every parameter, whose derivatives by a state are a row `[depth]`.
///
/// There are thousands of parameters and some dozens of rows and columns of J. By the tile, J is packed, and the
/// parameters' rows are read where they lie; OpenBLAS, on the plain path, packs them anew for each product.
struct JacobianMatrix<S: Scalar> {
  /// J
  let matrix: MatrixView<S>
  /// Jᵀ, by which rows of derivatives are multiplied.
  private let factor: RightFactor<S>
  /// Memory for Jᵀ packed; nil on the plain path.
  private let packed: VectorView<S>?
  private let kernels: Kernels<S>

  /// Numbers of memory, on either path.
  static func count(rows: Int, depth: Int, kernels: Kernels<S>) -> Int {
    rows * depth + (depth > 0 ? kernels.factorCount(columns: rows, depth: depth) : 0)
  }

  /// - Parameter isPacked: whether products go by the tile.
  init(rows: Int, depth: Int, kernels: Kernels<S>, isPacked: Bool, memory: VectorView<S>) {
    matrix = memory.matrix(rows: rows, columns: depth)
    packed = isPacked ? memory.from(rows * depth) : nil
    factor =
      packed.map { RightFactor(packed: $0, depth: depth, columns: rows, kernels: kernels) }
      ?? RightFactor(matrix, isTransposed: true)
    self.kernels = kernels
  }

  /// Called when J has been filled.
  func prepare() {
    guard let packed, matrix.columns > 0 else { return }
    _ = kernels.pack(matrix, isTransposed: true, into: packed)
  }

  /// made `[count, rows]` = states `[count, depth]` · Jᵀ, or is added to it.
  func multiply(_ states: MatrixView<S>, into made: MatrixView<S>, adding: Bool) {
    factor.multiply(states, into: made, adding: adding)
  }
}
