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
  var unprojected: UnsafeMutablePointer<S> { kept.base }

  /// The projection of a forward pass.
  func makeForward(_ parameters: ParameterVector<S>) -> ProjectionPass<S> {
    makePass(weights.forward(parameters), outputs: UnsafePointer(unprojected), hiddenError: unprojected)
  }

  /// The projection of a backward pass.
  ///
  /// - Parameter outputs: `[rows, P]`: y as it was projected.
  func makeBackward(_ parameters: ParameterVector<S>, outputs: UnsafePointer<S>) -> ProjectionPass<S> {
    makePass(weights.transposed(parameters), outputs: outputs, hiddenError: hiddenError.base)
  }

  private func makePass(
    _ factor: RightFactor<S>, outputs: UnsafePointer<S>, hiddenError: UnsafeMutablePointer<S>
  ) -> ProjectionPass<S> {
    ProjectionPass(
      weights: factor, hiddenSize: layer.hiddenSize, size: layer.outputSize, clip: clip.map { S($0) },
      unprojected: unprojected, outputs: outputs, hiddenError: hiddenError)
  }

  /// dQ = hᵀ·e over all steps.
  ///
  /// - Parameter error: `[rows, P]`: the error of the outputs.
  func sumWeights(_ error: UnsafePointer<S>, products: Products<S>, into gradients: UnsafeMutablePointer<S>) {
    products.sum(
      .rows(UnsafePointer(unprojected)), width: layer.hiddenSize, error, columns: layer.outputSize,
      rows: window.packing.rows, into: gradients + weights.place)
  }
}

/// A projection during a pass.
struct ProjectionPass<S: Scalar> {
  /// Q `[H, P]`, or Qᵀ on the way back.
  let weights: RightFactor<S>
  /// H
  let hiddenSize: Int
  /// P
  let size: Int
  let clip: S?
  /// `[rows, H]`: h.
  let unprojected: UnsafeMutablePointer<S>
  /// `[rows, P]`: y as it was projected; read on the way back.
  let outputs: UnsafePointer<S>
  /// `[N, H]`: dh of a step.
  let hiddenError: UnsafeMutablePointer<S>

  /// Computes y `[count, P]` from h `[count, H]`.
  func forward(_ h: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, count: Int) {
    weights.multiply(
      MatrixView(reading: h, rows: count, columns: hiddenSize), into: MatrixView(y, rows: count, columns: size),
      adding: false)
    if let bound = clip { Gatewise.clip(y, count * size, to: -bound...bound) }
  }

  /// Computes dh = dy·Qᵀ, of what the bounds let through.
  ///
  /// - Parameters:
  ///   - row: the first packed row.
  ///   - first: its sequence.
  func backward(_ dy: UnsafeMutablePointer<S>, row: Int, first: Int, count: Int) -> UnsafeMutablePointer<S> {
    if let bound = clip {
      let y = outputs + row * size
      for j in 0..<count * size where abs(y[j]) >= bound { dy[j] = 0 }
    }
    let dh = hiddenError + first * hiddenSize
    weights.multiply(
      MatrixView(dy, rows: count, columns: size), into: MatrixView(dh, rows: count, columns: hiddenSize),
      adding: false)
    return dh
  }
}
