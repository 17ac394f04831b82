/// Dropout of the recurrent weights, with one mask for a whole batch.
final class DropConnect<S: Scalar> {
  private let stream: MaskStream
  private let layer: LayerParameters
  private let window: Window<S>
  private let weights: PlannedBuffer<S>

  /// Makes the memory; nil if the rate is 0.
  init?(_ layer: LayerParameters, _ shape: EngineShape<S>, window: Window<S>, plan: MemoryPlan) {
    let rate = shape.configuration.regularization.recurrentWeights
    guard rate > 0, shape.trains else { return nil }
    stream = MaskStream("drop_connect\(layer.suffix)", rate: rate)
    (self.layer, self.window) = (layer, window)
    let count = Double(layer.outputSize) * Double(layer.columns.count)
    weights = plan.buffer("remaining recurrent weights\(layer.suffix)") { _ in count }
  }

  // Its rows are those of the weights, not of sequences.
  private var mask: DropMask? { stream.mask(window.maskSeed) }

  /// The remaining weights, `[P, C]`, as the last forward pass drew them; nil if nothing is dropped.
  var remaining: MatrixView<S>? {
    mask == nil ? nil : weights.matrix(rows: layer.outputSize, columns: layer.columns.count)
  }

  /// Draws the remaining weights for a forward pass.
  func draw(_ parameters: ParameterVector<S>) {
    guard let remaining else { return }
    mask(
      parameters.matrix(at: layer.recurrentWeights, rows: remaining.rows, columns: remaining.columns), into: remaining)
  }

  /// Masks dR in place.
  func maskGradient(_ gradient: MatrixView<S>) { mask(gradient, into: gradient) }

  private func mask(_ x: MatrixView<S>, into y: MatrixView<S>) {
    guard let mask else { return }
    for row in 0..<x.rows { mask.apply(row: row, x[row], into: y[row]) }
  }
}
