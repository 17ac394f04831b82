/// One matrix of a step's Jacobian, J `[rows, depth]`, by which derivatives are multiplied: `∂made += ∂state·Jᵀ` for every
/// parameter, whose derivatives by a state are a row `[depth]`.
///
/// There are thousands of parameters and some dozens of rows and columns of J. By the tile, J is packed, and the
/// parameters' rows are read where they lie; OpenBLAS, on the plain path, packs them anew for each product.
struct JacobianMatrix<S: Scalar> {
  /// J
  let matrix: MatrixView<S>
  /// Memory for J packed; nil on the plain path.
  private let packed: UnsafeMutablePointer<S>?
  private let kernels: PackedKernels<S>

  /// Numbers of memory, on either path.
  static func count(rows: Int, depth: Int, kernels: PackedKernels<S>) -> Int {
    rows * depth + (depth > 0 ? kernels.transposedCount(rows, depth) : 0)
  }

  /// - Parameter isPacked: whether products go by the tile.
  init(rows: Int, depth: Int, kernels: PackedKernels<S>, isPacked: Bool, memory: UnsafeMutablePointer<S>) {
    matrix = MatrixView(memory, rows: rows, columns: depth)
    packed = isPacked ? memory + rows * depth : nil
    self.kernels = kernels
  }

  /// Called when J has been filled.
  func prepare() {
    guard let packed, matrix.columns > 0 else { return }
    kernels.packTransposed(matrix.rows, matrix.columns, 0..<matrix.rows, matrix.base, packed)
  }

  /// made `[count, rows]` = states `[count, depth]` · Jᵀ, or is added to it.
  func multiply(_ states: UnsafePointer<S>, _ count: Int, into made: UnsafeMutablePointer<S>, adding: Bool) {
    let (rows, depth) = (matrix.rows, matrix.columns)
    guard let packed else {
      return Gatewise.multiply(
        MatrixView(reading: states, rows: count, columns: depth), matrix, transposing: .right,
        into: MatrixView(made, rows: count, columns: rows), adding: adding)
    }
    kernels.propagate(
      Propagation(
        rows: count, units: rows, depth: depth, part: 0..<rows, delta: states, packed: packed, error: made,
        adds: adding))
  }
}
