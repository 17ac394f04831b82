/// The projection of a direction's h to its outputs, y = h·Q within its bounds.
final class Projection<S: Scalar> {
  private let layer: LayerParameters
  private let clip: Double?
  private let weights: WeightMatrix<S>
  private let window: Window<S>
  private let kept: PlannedBuffer<S>
  private let hiddenError: PlannedBuffer<S>

  /// Makes the stage; nil if h is the output.
  init?(_ layer: LayerParameters, _ shape: EngineShape<S>, window: Window<S>, products: Products<S>, plan: MemoryPlan) {
    guard let place = layer.offset(of: LSTMConfiguration.Projection.weights) else { return nil }
    (self.layer, self.window, clip) = (layer, window, shape.configuration.projection?.clip)
    weights = products.matrix(
      at: place, inputs: layer.hiddenSize, outputs: layer.outputSize, use: "projection", plan: plan)
    let (H, trains) = (Double(layer.hiddenSize), shape.trains)
    kept = plan.buffer("h before its projection\(layer.suffix)") { $0.rows * H }
    hiddenError = plan.shared("error of h before its projection") { trains ? $0.sequences * H : 0 }
    products.planSums(columns: layer.outputSize)
  }

  /// `[rows, H]`: h.
  var unprojected: MatrixView<S> { kept.matrix(rows: window.rows, columns: layer.hiddenSize) }

  /// The projection of a forward pass.
  func makeForward(_ parameters: ParameterVector<S>) -> ProjectionPass<S> {
    makePass(weights.forward(parameters), outputs: nil)
  }

  /// The projection of a backward pass.
  ///
  /// - Parameter outputs: `[rows, P]`: y as it was projected.
  func makeBackward(_ parameters: ParameterVector<S>, outputs: MatrixView<S>) -> ProjectionPass<S> {
    makePass(weights.transposed(parameters), outputs: outputs)
  }

  private func makePass(_ factor: RightFactor<S>, outputs: MatrixView<S>?) -> ProjectionPass<S> {
    ProjectionPass(
      weights: factor, clip: clip.map { S($0) }, unprojected: unprojected, outputs: outputs,
      hiddenError: hiddenError.matrix(rows: window.batchSize, columns: layer.hiddenSize))
  }

  /// dQ = hᵀ·e over all steps.
  ///
  /// - Parameter error: `[rows, P]`: the error of the outputs.
  func sumWeights(_ error: MatrixView<S>, products: Products<S>, into gradients: VectorView<S>) {
    products.sum(.rows(unprojected), error, into: weights.matrix(in: gradients))
  }
}

/// A projection during a pass.
struct ProjectionPass<S: Scalar> {
  /// Q `[H, P]`, or Qᵀ on the way back.
  let weights: RightFactor<S>
  let clip: S?
  /// `[rows, H]`: h.
  let unprojected: MatrixView<S>
  /// `[rows, P]`: y as it was projected; nil in a forward pass.
  let outputs: MatrixView<S>?
  /// `[N, H]`: dh of a step; only in training.
  let hiddenError: MatrixView<S>

  /// Computes y `[count, P]` from h `[count, H]`.
  func forward(_ h: MatrixView<S>, into y: MatrixView<S>) {
    weights.multiply(h, into: y, adding: false)
    if let bound = clip { Gatewise.clip(y.elements, to: -bound...bound) }
  }

  /// Computes dh = dy·Qᵀ, of what the bounds let through.
  ///
  /// - Parameters:
  ///   - row: the first packed row.
  ///   - first: its sequence.
  func backward(_ dy: MatrixView<S>, row: Int, first: Int) -> MatrixView<S> {
    if let bound = clip, let outputs {
      let (y, errors) = (outputs.rows(from: row, count: dy.rows).elements, dy.elements)
      for j in 0..<y.count where abs(y[j]) >= bound { errors[j] = 0 }
    }
    let dh = hiddenError.rows(from: first, count: dy.rows)
    weights.multiply(dy, into: dh, adding: false)
    return dh
  }
}
