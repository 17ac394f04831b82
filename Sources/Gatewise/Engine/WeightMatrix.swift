/// A matrix of weights W `[inputs, outputs]` among the parameters, as the right factor of products: W forward, Wᵀ back.
///
/// On the tile path it is packed. While the parameters do not change, each matrix has panels of its own and is packed
/// once. In training they change at every step, and all matrices of a use share panels.
final class WeightMatrix<S: Scalar> {
  let inputs: Int
  let outputs: Int
  /// The position of the first weight among the parameters.
  let place: Int
  private let products: Products<S>
  /// nil on the plain path.
  private let panels: WeightPanels<S>?

  init(
    place: Int, inputs: Int, outputs: Int, products: Products<S>, panels: WeightPanels<S>?
  ) {
    (self.place, self.inputs, self.outputs, self.products) = (place, inputs, outputs, products)
    self.panels = panels
  }

  /// W among the parameters, or dW among their gradients.
  func matrix(in vector: VectorView<S>) -> MatrixView<S> {
    vector.matrix(at: place, rows: inputs, columns: outputs)
  }

  /// W, or a copy of it.
  func forward(_ parameters: ParameterVector<S>, copy: MatrixView<S>? = nil) -> RightFactor<S> {
    let content =
      products.trains
      ? nil
      : parameters.version.map {
        WeightPanels<S>.Content(place: place, version: $0, inputs: 0)
      }
    return factor(copy ?? matrix(in: parameters.values), isTransposed: false, as: content)
  }

  /// Wᵀ, or that of a copy.
  func transposed(_ parameters: ParameterVector<S>, copy: MatrixView<S>? = nil) -> RightFactor<S> {
    factor(copy ?? matrix(in: parameters.values), isTransposed: true, as: nil)
  }

  private func factor(
    _ matrix: MatrixView<S>, isTransposed: Bool, as content: WeightPanels<S>.Content?
  ) -> RightFactor<S> {
    guard let panels else { return RightFactor(matrix, isTransposed: isTransposed) }
    return panels.pack(
      matrix, isTransposed: isTransposed, as: content, kernels: products.kernels, team: products.team)
  }
}
