/// Layer normalization of a direction (Equations, Layer normalization): its memory of a window by packed row, and its
/// parameters' gradients.
///
/// Each norm of a row leaves its scale: with normalized gates one for each net, otherwise those of x·W, y·R and c.
final class NormalizationMemory<S: Scalar> {
  private let layer: LayerParameters
  fileprivate let parameters: LayerNormalization.Parameters
  /// `[rows, C]`: the norms of all nets, or those of x·W.
  fileprivate let nets: PlannedBuffer<S>
  /// `[rows, C]`: the norms of y·R.
  fileprivate let recurrent: PlannedBuffer<S>
  /// `[rows, H]`: the norms of c.
  fileprivate let cells: PlannedBuffer<S>
  /// `[rows, norms of a row]`
  fileprivate let scales: PlannedBuffer<S>
  /// `[rows, C]`: behind the gains of the nets, ∂E/∂ the amplified norm.
  fileprivate let netErrors: PlannedBuffer<S>
  /// `[rows, C]`: ∂E/∂(y·R)
  fileprivate let recurrentErrors: PlannedBuffer<S>
  /// `[rows, H]`: behind the gain of c, ∂E/∂ the amplified norm.
  fileprivate let cellErrors: PlannedBuffer<S>

  /// The number of norms of a row.
  fileprivate static var normsOfRow: Int { 4 }

  /// Makes the memory; nil if the direction normalizes nothing.
  init?(_ layer: LayerParameters, trains: Bool, plan: MemoryPlan) {
    guard let parameters = LayerNormalization.Parameters(layer) else { return nil }
    (self.layer, self.parameters) = (layer, parameters)
    var splits = false
    if case .productsAndCell = parameters { splits = true }
    func buffer(_ name: String, _ width: Int, if isNeeded: Bool = true) -> PlannedBuffer<S> {
      plan.buffer("\(name)\(layer.suffix)") { isNeeded ? $0.rows * Double(width) : 0 }
    }
    let (C, H) = (layer.columns.count, layer.hiddenSize)
    nets = buffer("norms", C)
    recurrent = buffer("norms of recurrent products", C, if: splits)
    cells = buffer("norms of cells", H, if: splits)
    scales = buffer("scales of norms", Self.normsOfRow)
    netErrors = buffer("errors of norms", C, if: trains)
    recurrentErrors = buffer("errors of recurrent products", C, if: splits && trains)
    cellErrors = buffer("errors of cell norms", H, if: splits && trains)
  }

  /// The gradients of the gains, and of the bias of c's norm.
  func sumGains(_ deltas: GateDeltas<S>, products: Products<S>, into gradients: VectorView<S>) {
    let (rows, H) = (deltas.bias.rows, layer.hiddenSize)
    func sum(_ errors: MatrixView<S>, times norms: PlannedBuffer<S>?, at place: Int) {
      products.sumColumns(
        errors, times: norms?.matrix(rows: rows, columns: errors.columns),
        into: gradients.vector(at: place, count: errors.columns))
    }
    switch parameters {
    case .gates(let gain): sum(deltas.bias, times: nets, at: gain)
    case .productsAndCell(let input, let recurrent, let cell, let cellBias):
      let cellErrors = cellErrors.matrix(rows: rows, columns: H)
      sum(deltas.bias, times: nets, at: input)
      sum(deltas.bias, times: self.recurrent, at: recurrent)
      sum(cellErrors, times: cells, at: cell)
      sum(cellErrors, times: nil, at: cellBias)
    }
  }

  /// δ after a backward pass, `[rows, C]`, ∂E/∂ what goes into the activations.
  ///
  /// - Parameter gates: what the recurrence left in place of the gates.
  func delta(_ gates: MatrixView<S>) -> MatrixView<S> {
    if case .gates = parameters { netErrors.matrix(rows: gates.rows, columns: gates.columns) } else { gates }
  }
}

/// The normalization of a direction during a pass.
struct Normalization<S: Scalar> {
  let columns: GateColumns
  /// `[rows, C]`: the norms of all nets, or of x·W.
  private let nets: MatrixView<S>
  /// `[rows, C]`: the norms of y·R, in whose place the product is computed.
  let recurrent: MatrixView<S>
  /// `[rows, H]`: the norms of c.
  private let cells: MatrixView<S>
  /// `[rows, norms of a row]`
  private let scales: MatrixView<S>
  private let netErrors: MatrixView<S>
  private let cellErrors: MatrixView<S>
  /// `[rows, C]`: ∂E/∂(y·R), if products are normalized.
  let recurrentErrors: MatrixView<S>
  /// Of all nets, or of x·W, `[C]`.
  private let gain: VectorView<S>
  /// b `[C]`
  private let bias: VectorView<S>
  /// The gains of products and c; nil if nets are normalized.
  let split: Split?

  struct Split {
    /// Of y·R, `[C]`.
    let recurrentGain: VectorView<S>
    /// Of c, `[H]`.
    let cellGain: VectorView<S>
    let cellBias: VectorView<S>
  }

  /// - Parameter rows: the number of rows of the window.
  init(
    _ layer: LayerParameters, _ parameters: ParameterVector<S>, memory: NormalizationMemory<S>, bias: VectorView<S>,
    rows: Int
  ) {
    (columns, self.bias) = (layer.columns, bias)
    let (C, H) = (columns.count, columns.cells)
    nets = memory.nets.matrix(rows: rows, columns: C)
    recurrent = memory.recurrent.matrix(rows: rows, columns: C)
    cells = memory.cells.matrix(rows: rows, columns: H)
    scales = memory.scales.matrix(rows: rows, columns: NormalizationMemory<S>.normsOfRow)
    netErrors = memory.netErrors.matrix(rows: rows, columns: C)
    recurrentErrors = memory.recurrentErrors.matrix(rows: rows, columns: C)
    cellErrors = memory.cellErrors.matrix(rows: rows, columns: H)
    switch memory.parameters {
    case .gates(let gain):
      self.gain = parameters.vector(at: gain, count: C)
      split = nil
    case .productsAndCell(let input, let recurrent, let cell, let cellBias):
      gain = parameters.vector(at: input, count: C)
      split = Split(
        recurrentGain: parameters.vector(at: recurrent, count: C), cellGain: parameters.vector(at: cell, count: H),
        cellBias: parameters.vector(at: cellBias, count: H))
    }
  }

  /// The deltas after the recurrence of a backward pass; for normalized products it also computes those of the inputs.
  func deltas(_ gates: MatrixView<S>, products: Products<S>) -> GateDeltas<S> {
    guard split != nil else { return GateDeltas(bias: netErrors, peepholes: gates, recurrent: gates, input: gates) }
    let job = NormalizedInputErrors(normalization: self, delta: gates)
    products.run(job, tasks: job.tasks)
    return GateDeltas(bias: gates, peepholes: gates, recurrent: recurrentErrors, input: netErrors)
  }

  // The positions of the scales of products and c in a row's scales.
  private static var inputScale: Int { 0 }
  private static var recurrentScale: Int { 1 }
  private static var cellScale: Int { 2 }

  /// Calls `body` with the columns of each net, in their order.
  private func forEachNet(_ body: (Range<Int>) -> Void) {
    let B = columns.blocks
    for gate in stride(from: 0, to: columns.candidate, by: B) { body(gate..<gate + B) }
    body(columns.candidate..<columns.output)
    body(columns.output..<columns.count)
  }

  // MARK: Nets, each by itself

  /// Computes a = norm(a) ∘ gain + b for the nets of a row whose columns are in `range`.
  func normalizeNets(_ a: VectorView<S>, row: Int, in range: Range<Int>) {
    guard split == nil else { return }
    var number = 0
    forEachNet { net in
      defer { number += 1 }
      guard range.contains(net.lowerBound) else { return }
      let a = a[net]
      scales[row][number] = normalize(a)
      nets[row][net].copy(from: a)
      amplify(a, by: gain[net], adding: bias[net])
    }
  }

  /// Replaces δ of the nets in `range`, ∂E/∂ what goes into the activations, by ∂E/∂ what their norm was computed of.
  func unnormalizeNets(_ delta: VectorView<S>, row: Int, in range: Range<Int>) {
    guard split == nil else { return }
    var number = 0
    forEachNet { net in
      defer { number += 1 }
      guard range.contains(net.lowerBound) else { return }
      let delta = delta[net]
      netErrors[row][net].copy(from: delta)
      amplify(delta, by: gain[net])
      unnormalize(delta, norm: nets[row][net], scale: scales[row][number])
    }
  }

  // MARK: Products and c

  /// Computes a = norm(x·W) ∘ gain + b of a row.
  fileprivate func normalizeInput(_ a: VectorView<S>, row: Int) {
    scales[row][Self.inputScale] = normalize(a)
    nets[row].copy(from: a)
    amplify(a, by: gain, adding: bias)
  }

  /// Computes ∂E/∂(x·W) of a row from δ, which is kept.
  fileprivate func unnormalizeInput(_ delta: VectorView<S>, row: Int) {
    let errors = netErrors[row]
    errors.copy(from: delta)
    amplify(errors, by: gain)
    unnormalize(errors, norm: nets[row], scale: scales[row][Self.inputScale])
  }

  /// Computes a += norm(y·R) ∘ gain of a row; the product is in the place of its norm.
  func addRecurrent(to a: VectorView<S>, row: Int, gain: VectorView<S>) {
    let norms = recurrent[row]
    scales[row][Self.recurrentScale] = normalize(norms)
    for j in 0..<columns.count { a[j] += norms[j] * gain[j] }
  }

  /// Computes ∂E/∂(y·R) of a row from δ, which is kept.
  func unnormalizeRecurrent(_ delta: VectorView<S>, row: Int, gain: VectorView<S>) {
    let errors = recurrentErrors[row]
    errors.copy(from: delta)
    amplify(errors, by: gain)
    unnormalize(errors, norm: recurrent[row], scale: scales[row][Self.recurrentScale])
  }

  /// Computes the argument of h(·): c itself, or norm(c) ∘ gain + bias.
  func normalizeCell(_ c: VectorView<S>, row: Int, into target: VectorView<S>) {
    target.copy(from: c)
    guard let split else { return }
    scales[row][Self.cellScale] = normalize(target)
    cells[row].copy(from: target)
    amplify(target, by: split.cellGain, adding: split.cellBias)
  }

  /// Replaces ∂E/∂ the argument of h(·) of a row by ∂E/∂c.
  func unnormalizeCell(_ error: VectorView<S>, row: Int) {
    guard let split else { return }
    cellErrors[row].copy(from: error)
    amplify(error, by: split.cellGain)
    unnormalize(error, norm: cells[row], scale: scales[row][Self.cellScale])
  }
}

/// The job that normalizes x·W of all rows. One task is a block of rows.
struct NormalizedInput<S: Scalar>: TeamJob, @unchecked Sendable {
  let normalization: Normalization<S>
  /// `[rows, C]`: x·W in.
  let gates: MatrixView<S>

  var tasks: Int { (gates.rows + AffineProduct<S>.rowsPerTask - 1) / AffineProduct<S>.rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * AffineProduct<S>.rowsPerTask
    for row in first..<min(gates.rows, first + AffineProduct<S>.rowsPerTask) {
      normalization.normalizeInput(gates[row], row: row)
    }
  }
}

/// The job that computes ∂E/∂(x·W) of all rows from δ. One task is a block of rows.
private struct NormalizedInputErrors<S: Scalar>: TeamJob, @unchecked Sendable {
  let normalization: Normalization<S>
  /// `[rows, C]`
  let delta: MatrixView<S>

  var tasks: Int { (delta.rows + AffineProduct<S>.rowsPerTask - 1) / AffineProduct<S>.rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * AffineProduct<S>.rowsPerTask
    for row in first..<min(delta.rows, first + AffineProduct<S>.rowsPerTask) {
      normalization.unnormalizeInput(delta[row], row: row)
    }
  }
}
