/// A loss summed over rows, for a mean: Σ m w ℓ and Σ m w (see ``Loss``).
public struct LossSum: Sendable, Equatable, Codable {
  /// Σ m w ℓ
  package var weightedLoss = 0.0
  /// Σ m w
  package var weight = 0.0

  /// The weighted mean; 0 where nothing counted.
  public var mean: Double { weight > 0 ? weightedLoss / weight : 0 }
}

/// The last stage: the loss of every output row and the error of the outputs.
final class Losses<S: Scalar> {
  private let readsLastStepOnly: Bool
  private let outputSize: Int
  private let window: Window<S>
  private let products: Products<S>
  private let rowLosses: PlannedBuffer<S>

  init(_ shape: EngineShape<S>, window: Window<S>, products: Products<S>, plan: MemoryPlan) {
    let (readsLastStepOnly, isNeeded) = (shape.configuration.readsLastStepOnly, shape.purpose != .inference)
    (self.readsLastStepOnly, outputSize) = (readsLastStepOnly, shape.configuration.outputSize)
    (self.window, self.products) = (window, products)
    // The caller's rows, padding included.
    rowLosses = plan.buffer("losses of rows") {
      isNeeded ? readsLastStepOnly ? $0.sequences : $0.steps * $0.sequences : 0
    }
  }

  /// The number of losses of a window, padding included.
  private var lossRows: Int { readsLastStepOnly ? window.batchSize : window.packing.steps * window.batchSize }

  /// Computes the loss of each of the window's outputs and, if it is wanted, the error of the outputs, of the mean over
  /// the whole batch.
  ///
  /// - Parameters:
  ///   - batch: the loaded batch, of which the window may be a part.
  ///   - start: the step of the batch at which the window starts.
  ///   - weight: Σ m w of the whole batch; see `lossWeight`.
  /// - Precondition: the batch has been validated against the loss.
  func evaluate(
    _ loss: any Loss, on batch: SequenceBatch<S>, from start: Int, weight: Double, outputs: MatrixView<S>,
    error: MatrixView<S>, wantsError: Bool
  ) {
    let rowLosses = rowLosses.vector[0..<lossRows]
    if !window.packing.isUniform { rowLosses.fill(0) }
    batch.withTargets(of: loss, width: outputSize) { targets in
      let job = LossRows(
        targets: targets, outputs: outputs, callerRows: readsLastStepOnly ? nil : window.callerRows,
        firstCallerRow: readsLastStepOnly ? 0 : start * window.batchSize, error: error, rowLosses: rowLosses,
        wantsError: wantsError, kernels: products.kernels, scale: weight > 0 ? S(1 / weight) : 0)
      products.run(job, tasks: job.tasks)
    }
  }

  /// Adds the losses of the last evaluation to a sum, in the order of the caller's rows: the same bits for every number
  /// of threads and wherever windows start.
  func add(to sum: inout Double) {
    let rowLosses = rowLosses.vector
    for row in 0..<lossRows { sum += Double(rowLosses[row]) }
  }

  /// Adds the measures of the outputs of the loaded window; the same bits for every number of threads.
  ///
  /// - Parameters:
  ///   - batch: the loaded batch, of which the window may be a part.
  ///   - outputs: of the window.
  /// - Precondition: the batch has been validated against the loss.
  func addMeasures(
    _ loss: any Loss, on batch: SequenceBatch<S>, outputs: MatrixView<S>, to measures: inout OutputMeasures
  ) {
    for row in 0..<outputs.rows {
      let callerRow = readsLastStepOnly ? row : window.callerRows[row]
      let mask = batch.mask.map { Double($0[callerRow]) } ?? 1
      guard mask != 0 else { continue }
      switch loss.targetKind {
      case .classes:
        let index = Int(batch.classes[callerRow])
        guard loss.weight(ofClass: index) != 0 else { continue }
        measures.add(outputs[row], mask: mask, class: index)
      case .values:
        batch.targets.withView {
          measures.add(outputs[row], mask: mask, values: $0.vector(at: callerRow * outputSize, count: outputSize))
        }
      }
    }
  }
}

/// The losses of all rows and their slopes. One task is a block of rows.
private struct LossRows<S: Scalar>: TeamJob, @unchecked Sendable {
  let targets: LossTargets<S>
  /// `[rows, K]`
  let outputs: MatrixView<S>
  /// The caller's row of each row; nil where they are the same.
  let callerRows: VectorView<Int>?
  /// The caller's row at which the window begins.
  let firstCallerRow: Int
  /// `[rows, K]`; scratch where the error is not wanted.
  let error: MatrixView<S>
  /// `[caller's rows of the window]`: m w ℓ
  let rowLosses: VectorView<S>
  let wantsError: Bool
  let kernels: Kernels<S>
  /// 1 / Σ m w
  let scale: S

  var tasks: Int { (outputs.rows + AffineProduct<S>.rowsPerTask - 1) / AffineProduct<S>.rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * AffineProduct<S>.rowsPerTask
    for row in first..<min(outputs.rows, first + AffineProduct<S>.rowsPerTask) {
      let callerRow = callerRows?[row] ?? row
      let (m, slot) = (targets.maskValue(of: callerRow), error[row])
      let w = m == 0 ? 0 : targets.classWeight(of: callerRow)
      guard m != 0, w != 0 else {
        slot.fill(0)
        rowLosses[callerRow - firstCallerRow] = 0
        continue
      }
      let loss = targets.evaluate(
        OutputRow(
          outputs: outputs[row], values: targets.values(of: callerRow), classIndex: targets.classIndex(of: callerRow),
          scale: scale * m * w, slope: wantsError ? slot : nil, scratch: slot, kernels: kernels))
      rowLosses[callerRow - firstCallerRow] = m * (w * loss)
    }
  }
}
