/// The parameters that a pass reads, `[P]`, with their version.
struct ParameterVector<S: Scalar> {
  let values: VectorView<S>
  /// nil if packed copies of them are not to be reused.
  let version: ParameterVersion?

  /// The vector of parameters at a position of the layout.
  func vector(at place: Int, count: Int) -> VectorView<S> { values.vector(at: place, count: count) }

  /// The matrix of parameters at a position of the layout.
  func matrix(at place: Int, rows: Int, columns: Int) -> MatrixView<S> {
    values.matrix(at: place, rows: rows, columns: columns)
  }
}
