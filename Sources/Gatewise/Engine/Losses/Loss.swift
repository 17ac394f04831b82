/// What a loss compares the outputs with.
public enum TargetKind: Sendable {
  /// One class for each row.
  case classes
  /// K values for each row.
  case values
}

/// A function of a row of outputs and its target, to be minimized, with its slope.
///
/// A loss sees one row (the K outputs of one step of one sequence) at a time. Rows are evaluated in parallel, so a loss
/// is a pure function. The loss of a batch is the weighted mean over its rows,
///
///     E = Σ m w ℓ / Σ m w        m: the row's mask, w: the weight of its class, ℓ: the row's loss
///
/// which is what PyTorch computes with `reduction="mean"`. A loss of your own states ℓ and ∂ℓ/∂z; weights, masks and
/// the mean are applied to both:
///
///     struct AbsoluteError: Loss {
///       func evaluate<S: Scalar>(
///         _ outputs: Span<S>, values: Span<S>, class: Int, slope: inout MutableSpan<S>
///       ) -> S {
///         var sum: S = 0
///         for k in outputs.indices {
///           sum += abs(outputs[k] - values[k])
///           slope[k] = outputs[k] < values[k] ? -1 : 1
///         }
///         return sum
///       }
///     }
public protocol Loss: Sendable {
  /// What the outputs are compared with; values unless a loss says otherwise.
  var targetKind: TargetKind { get }

  /// Checks that this loss can judge rows of `outputSize` outputs. By default every number is accepted.
  func validate(outputSize: Int) throws

  /// The weight w of a class in the mean, or nil if the loss does not accept the class; by default 1 for the classes
  /// 0 ..< K. Rows of weight 0 are not evaluated.
  func weight(ofClass index: Int, outputSize: Int) -> Double?

  /// Returns ℓ of one row and writes ∂ℓ/∂outputs. O(K).
  ///
  /// Mark implementations with `@specialized(where S == Float)` and the same for `Double` where K is large: the call
  /// goes through the protocol.
  ///
  /// - Parameters:
  ///   - outputs: the row's raw readout z, `[K]`.
  ///   - values: the row's target values, `[K]`; empty for losses on classes.
  ///   - class: the row's class; 0 for losses on values.
  ///   - slope: `[K]`, of which every element must be written.
  /// - Returns: ℓ; NaN or infinity if the outputs or the target contain one.
  func evaluate<S: Scalar>(
    _ outputs: Span<S>, values: Span<S>, class: Int, slope: inout MutableSpan<S>
  ) -> S
}

extension Loss {
  /// A loss on values.
  public var targetKind: TargetKind { .values }

  /// Any number of outputs goes with as many values.
  public func validate(outputSize: Int) throws {}

  /// 1 for the classes 0 ..< K.
  public func weight(ofClass index: Int, outputSize: Int) -> Double? { (0..<outputSize).contains(index) ? 1 : nil }
}

/// A loss summed over rows, for a mean: Σ m w ℓ and Σ m w (see ``Loss``).
package struct LossSum: Sendable, Equatable, Codable {
  /// Σ m w ℓ
  package var weightedLoss = 0.0
  /// Σ m w
  package var weight = 0.0

  /// The weighted mean; 0 where nothing counted.
  package var mean: Double { weight > 0 ? weightedLoss / weight : 0 }
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
  ///   - weight: Σ m w of the whole batch; see `LossTargets.totalWeight`.
  /// - Precondition: the batch has been validated against the loss.
  func evaluate(
    _ loss: any Loss, on batch: SequenceBatch<S>, from start: Int, weight: Double, outputs: MatrixView<S>,
    error: MatrixView<S>, wantsError: Bool
  ) {
    let rowLosses = rowLosses.vector[0..<lossRows]
    if !window.packing.isUniform { rowLosses.fill(0) }
    LossTargets.with(batch, loss: loss, width: outputSize) { targets in
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
        guard loss.weight(ofClass: index, outputSize: outputSize) != 0 else { continue }
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

/// The targets of the rows of a batch, and the weights of the rows. Rows are the caller's.
struct LossTargets<S: Scalar> {
  let loss: any Loss
  /// The loss, if it uses the kernels.
  let kernelLoss: (any KernelLoss)?
  /// K
  let width: Int
  /// `[rows]`, for losses on classes; else nil.
  let classes: VectorView<Int32>?
  /// `[rows·K]`, for losses on values; else nil.
  let values: VectorView<S>?
  /// `[rows]`
  let mask: [S]?

  func maskValue(of row: Int) -> S { mask.map { $0[row] } ?? 1 }

  /// The class of a row; 0 for losses on values.
  func classIndex(of row: Int) -> Int { classes.map { Int($0[row]) } ?? 0 }

  /// The K values of a row; nil for losses on classes.
  func values(of row: Int) -> VectorView<S>? { values?.vector(at: row * width, count: width) }

  /// w of a row.
  func classWeight(of row: Int) -> S {
    // A class that the loss refuses is on rows that do not count: the others have been validated.
    classes == nil ? 1 : S(loss.weight(ofClass: classIndex(of: row), outputSize: width) ?? 0)
  }

  /// m w of a row.
  func weight(of row: Int) -> S {
    let m = maskValue(of: row)
    return m == 0 ? 0 : m * classWeight(of: row)
  }

  /// Returns ℓ of a row and writes its scaled slope, if it is wanted.
  func evaluate(_ row: OutputRow<S>) -> S { kernelLoss?.evaluate(row) ?? loss.evaluateWithoutKernels(row) }
}

extension LossTargets {
  /// Calls `body` with the targets of a batch; see ``Loss``.
  static func with<Result>(
    _ batch: SequenceBatch<S>, loss: any Loss, width: Int, _ body: (LossTargets) -> Result
  ) -> Result {
    batch.classes.withView { classes in
      batch.targets.withView { values in
        body(
          LossTargets(
            loss: loss, kernelLoss: loss as? any KernelLoss, width: width,
            classes: loss.targetKind == .classes ? classes : nil, values: loss.targetKind == .values ? values : nil,
            mask: batch.mask))
      }
    }
  }
}

extension LossTargets {
  /// Σ m w over all rows of a batch but the padding: what the mean divides by.
  ///
  /// - Precondition: the batch has been validated.
  static func totalWeight(of batch: SequenceBatch<S>, _ loss: any Loss, _ configuration: LSTMConfiguration) -> Double {
    with(batch, loss: loss, width: configuration.outputSize) { targets in
      let (perSequence, N) = (configuration.readsLastStepOnly, batch.batchSize)
      let lengths = perSequence ? nil : batch.lengths
      var sum = 0.0
      for row in 0..<(perSequence ? 1 : batch.steps) * N {
        if let lengths, row / N >= lengths[row % N] { continue }
        sum += Double(targets.weight(of: row))
      }
      return sum
    }
  }

  /// Checks that a batch has the targets that a loss compares with a model's outputs.
  ///
  /// - Throws: `GatewiseError` saying what is missing or which class is out of range, or the loss's own error.
  static func validate(_ batch: SequenceBatch<S>, for loss: any Loss, _ configuration: LSTMConfiguration) throws {
    let (K, N) = (configuration.outputSize, batch.batchSize)
    try loss.validate(outputSize: K)
    guard batch.outputSize == K else {
      throw GatewiseError.invalidArgument(
        "The batch has targets for \(batch.outputSize) outputs, but the model has \(K).")
    }
    switch loss.targetKind {
    case .values:
      guard !batch.targets.isEmpty else {
        throw GatewiseError.invalidArgument("This loss compares values, but the batch has no targets; fill `targets`.")
      }
    case .classes:
      guard !batch.classes.isEmpty else {
        throw GatewiseError.invalidArgument("This loss compares classes, but the batch has no classes; fill `classes`.")
      }
      let perSequence = configuration.readsLastStepOnly
      for row in batch.classes.indices {
        let (step, n) = (perSequence ? 0 : row / N, row % N)
        if let mask = batch.mask, mask[row] == 0 { continue }
        if !perSequence, let lengths = batch.lengths, step >= lengths[n] { continue }
        guard loss.weight(ofClass: Int(batch.classes[row]), outputSize: K) != nil else {
          throw GatewiseError.invalidArgument(
            "The target of step \(step) of sequence \(n) is class \(batch.classes[row]), but \(K) outputs have "
              + "classes 0 to \(K - 1); correct the target, or name it as the ignored index.")
        }
      }
    }
  }
}
