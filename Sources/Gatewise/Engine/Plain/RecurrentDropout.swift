/// Dropout of y_{t-1} on its way into the recurrent product, the same units at every step of a sequence.
final class RecurrentDropout<S: Scalar> {
  private let stream: MaskStream
  private let width: Int
  private let window: Window<S>
  private let rows: PlannedBuffer<S>

  /// Makes the memory; nil if the rate is 0.
  init?(_ layer: LayerParameters, _ shape: EngineShape<S>, window: Window<S>, plan: MemoryPlan) {
    let rate = shape.configuration.regularization.recurrent
    guard rate > 0, shape.trains else { return nil }
    stream = MaskStream("recurrent_dropout\(layer.suffix)", rate: rate)
    (width, self.window) = (layer.outputSize, window)
    let P = Double(layer.outputSize)
    rows = plan.shared("outputs without dropped units") { $0.sequences * P }
  }

  /// The mask of a pass; nil if nothing is dropped.
  func makePass() -> RecurrentMask<S>? {
    window.mask(stream).map { RecurrentMask(mask: $0, rows: rows.matrix(rows: window.batchSize, columns: width)) }
  }

  /// Whether something is dropped.
  var isActive: Bool { window.maskSeed != nil }

  /// Masks y_{t-1} of all steps, `[rows, P]`, in place.
  func mask(_ previous: MatrixView<S>, products: Products<S>) {
    guard let mask = window.mask(stream) else { return }
    let job = MaskedRows(
      packing: window.packing, ofSteps: nil, ofSequences: mask, callerRows: window.callerRows,
      input: previous, output: previous)
    products.run(job, tasks: job.tasks)
  }
}

/// The mask of y_{t-1} during a pass.
struct RecurrentMask<S: Scalar> {
  let mask: DropMask
  /// `[N, P]`: memory for y_{t-1} of a step, or its error.
  let rows: MatrixView<S>

  /// Returns y_{t-1} of some packed sequences, starting at `first`, without the dropped units, `[count, P]`.
  func apply(_ y: MatrixView<S>, _ packing: SequencePacking, first: Int) -> MatrixView<S> {
    let masked = rows.rows(from: first, count: y.rows)
    for n in 0..<y.rows { mask.apply(row: packing.order[first + n], y[n], into: masked[n]) }
    return masked
  }
}
