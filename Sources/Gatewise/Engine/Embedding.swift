/// The embedding of the input, x·E; for tokens a row of E each.
final class Embedding<S: Scalar> {
  private let weights: WeightMatrix<S>
  private let window: Window<S>
  private let products: Products<S>
  private let embedded: PlannedBuffer<S>

  /// Makes the stage; nil if the model has no embedding.
  init?(_ shape: EngineShape<S>, layout: ParameterLayout, window: Window<S>, products: Products<S>, plan: MemoryPlan) {
    guard let M = shape.configuration.embeddingSize, let place = layout.embedding else { return nil }
    (self.window, self.products) = (window, products)
    weights = products.matrix(at: place, inputs: shape.configuration.inputSize, outputs: M, plan: plan)
    embedded = plan.buffer("embedded input") { $0.rows * Double(M) }
    products.planSums(columns: M)
  }

  /// `[rows, M]`
  var output: StageInput<S> { .rows(rows) }

  private var rows: MatrixView<S> { embedded.matrix(rows: window.rows, columns: weights.outputs) }

  func forward(_ parameters: ParameterVector<S>) {
    products.multiply(window.input, weights, parameters, start: .zero, into: rows)
  }

  /// Computes dE = xᵀ·e, and the error of the input, e·Eᵀ, if it is wanted.
  ///
  /// - Parameters:
  ///   - error: `[rows, M]`
  ///   - inputError: `[rows, I]`
  func backward(_ error: MatrixView<S>, _ pass: BackwardPass<S>, into inputError: () -> MatrixView<S>) {
    if let gradients = pass.gradients { products.sum(window.input, error, into: weights.matrix(in: gradients)) }
    if pass.wantsInputError {
      products.sendBelow(error, weights.transposed(pass.parameters), into: inputError())
    }
  }
}
