/// The affine map from the highest layer to the outputs, at every step or after each sequence's last step.
final class Readout<S: Scalar> {
  private let parameters: ReadoutParameters
  /// One matrix for the output of the highest layer; after the last step, one for the last h of each of its directions.
  private let weights: [WeightMatrix<S>]
  /// From the model's input; nil if the readout does not see it.
  private let shortcut: WeightMatrix<S>?
  private let readsLastStepOnly: Bool
  private let window: Window<S>
  private let products: Products<S>
  private let top: Layer<S>
  private let values: PlannedBuffer<S>
  private let shortcutError: PlannedBuffer<S>

  /// Makes the stage; nil if the outputs are those of the highest layer.
  init?(
    _ shape: EngineShape<S>, layout: ParameterLayout, top: Layer<S>, window: Window<S>, products: Products<S>,
    plan: MemoryPlan
  ) {
    guard let parameters = layout.readout else { return nil }
    let (configuration, K) = (shape.configuration, parameters.outputSize)
    (self.parameters, self.top, self.window, self.products) = (parameters, top, window, products)
    readsLastStepOnly = configuration.readsLastStepOnly
    let widths = readsLastStepOnly ? top.directions.map(\.layer.outputSize) : [configuration.topOutputSize]
    weights = widths.enumerated().map { d, width in
      products.matrix(at: parameters.weights + d * width * K, inputs: width, outputs: K, plan: plan)
    }
    shortcut = parameters.shortcut.map {
      products.matrix(at: $0, inputs: parameters.shortcutSize, outputs: K, plan: plan)
    }
    let (readsLastStepOnly, I) = (readsLastStepOnly, Double(parameters.shortcutSize))
    values = plan.buffer("outputs of the readout") { (readsLastStepOnly ? $0.sequences : $0.rows) * Double(K) }
    let sends = shape.trains && shape.givesInputError && parameters.shortcut != nil
    shortcutError = plan.buffer("error of the readout's input") { sends ? $0.rows * I : 0 }
    products.planSums(columns: K)
  }

  /// `[rows, K]` packed, or `[N, K]` in the caller's order after the last step.
  var output: MatrixView<S> { values.matrix(rows: rows, columns: parameters.outputSize) }

  private var rows: Int { readsLastStepOnly ? window.batchSize : window.rows }

  private var shortcutErrors: MatrixView<S> {
    shortcutError.matrix(rows: window.rows, columns: parameters.shortcutSize)
  }

  /// Calls `body` with the rows that are read and their number: the output of the highest layer, or each sequence's
  /// last h of every direction.
  private func forEachInput(_ body: (Int, MatrixView<S>) -> Void) {
    guard readsLastStepOnly else { return body(0, top.output) }
    for (d, direction) in top.directions.enumerated() { body(d, direction.memory.hidden.state) }
  }

  func forward(_ vector: ParameterVector<S>) {
    let (output, K) = (output, parameters.outputSize)
    let bias: AffineProduct<S>.Start = parameters.bias.map { .bias(vector.vector(at: $0, count: K)) } ?? .zero
    forEachInput { d, input in
      products.multiply(.rows(input), weights[d], vector, start: d == 0 ? bias : .output, into: output)
    }
    if let shortcut { products.multiply(window.input, shortcut, vector, start: .output, into: output) }
  }

  /// Computes the gradients and, from the error of the outputs, that of the highest layer; if it is wanted, also the
  /// error that the input has at once.
  ///
  /// - Parameters:
  ///   - error: `[rows, K]`
  ///   - below: `[rows, D·H]`: the error of the highest layer. A readout after the last step sends its error to the
  ///     last state instead.
  func backward(_ error: MatrixView<S>, into below: MatrixView<S>, _ pass: BackwardPass<S>) {
    if let gradients = pass.gradients {
      let bias = parameters.bias.map { gradients.vector(at: $0, count: parameters.outputSize) }
      forEachInput { d, input in
        products.sum(.rows(input), error, into: weights[d].matrix(in: gradients), bias: d == 0 ? bias : nil)
      }
      if let shortcut { products.sum(window.input, error, into: shortcut.matrix(in: gradients)) }
    }
    if pass.wantsInputError, let shortcut {
      products.sendBelow(error, shortcut.transposed(pass.parameters), into: shortcutErrors)
    }
    guard readsLastStepOnly else {
      return products.sendBelow(error, weights[0].transposed(pass.parameters), into: below)
    }
    below.fill(0)
    for (d, direction) in top.directions.enumerated() {
      products.sendBelow(
        error, weights[d].transposed(pass.parameters), into: direction.memory.hidden.error, adding: true)
    }
  }

  /// Adds the error that the input has at once to that from the layers, `[rows, I]`.
  func addInputError(to inputError: MatrixView<S>) {
    if shortcut != nil { products.kernels.add(shortcutErrors.elements, to: inputError.elements) }
  }
}
