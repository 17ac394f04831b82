/// Dropout of a layer's input: of every step anew between layers, and of the same units at all steps of a sequence.
final class InputDropout<S: Scalar> {
  private let width: Int
  /// By step and sequence, and by sequence.
  private let (ofSteps, ofSequences): (MaskStream, MaskStream)
  private let window: Window<S>
  private let products: Products<S>
  private let rows: PlannedBuffer<S>

  /// Makes the stage; nil if nothing of the layer's input is dropped.
  init?(ofLayer l: Int, _ shape: EngineShape<S>, window: Window<S>, products: Products<S>, plan: MemoryPlan) {
    let rates = shape.configuration.regularization
    guard shape.trains, rates.inputs > 0 || l > 0 && rates.betweenLayers > 0 else { return nil }
    width = shape.configuration.inputSize(ofLayer: l)
    ofSteps = MaskStream("dropout_l\(l)", rate: l == 0 ? 0 : rates.betweenLayers)
    ofSequences = MaskStream("input_dropout_l\(l)", rate: rates.inputs)
    (self.window, self.products) = (window, products)
    let width = Double(width)
    rows = plan.buffer("remaining input_l\(l)") { $0.rows * width }
  }

  /// Whether something is dropped.
  private var isActive: Bool { window.maskSeed != nil }

  /// The remaining input, as the last forward pass drew it.
  func output(of source: StageInput<S>) -> StageInput<S> { isActive ? .rows(remaining) : source }

  private var remaining: MatrixView<S> { rows.matrix(rows: window.rows, columns: width) }

  func forward(_ source: StageInput<S>) {
    guard isActive else { return }
    let target = remaining
    switch source {
    case .rows(let rows): mask(rows, into: target)
    case .tokens(let tokens):
      target.fill(0)
      for row in 0..<target.rows { target[row][Int(tokens[row])] = 1 }
      mask(target, into: target)
    case .none: preconditionFailure("the input is not loaded")
    }
  }

  /// Masks the error of the layer's input, `[rows, I]`, in place.
  func backward(_ error: MatrixView<S>) {
    if isActive { mask(error, into: error) }
  }

  private func mask(_ x: MatrixView<S>, into y: MatrixView<S>) {
    let job = MaskedRows(
      packing: window.packing, ofSteps: window.mask(ofSteps), ofSequences: window.mask(ofSequences),
      callerRows: window.callerRows, input: x, output: y)
    products.run(job, tasks: job.tasks)
  }
}
