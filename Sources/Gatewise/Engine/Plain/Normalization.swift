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
  func sumGains(_ deltas: GateDeltas<S>, rows: Int, products: Products<S>, into gradients: UnsafeMutablePointer<S>) {
    let (C, H) = (layer.columns.count, layer.hiddenSize)
    switch parameters {
    case .gates(let gain):
      products.sumColumns(deltas.bias, times: nets.base, width: C, rows: rows, into: gradients + gain)
    case .productsAndCell(let input, let recurrent, let cell, let cellBias):
      products.sumColumns(deltas.bias, times: nets.base, width: C, rows: rows, into: gradients + input)
      products.sumColumns(deltas.bias, times: self.recurrent.base, width: C, rows: rows, into: gradients + recurrent)
      products.sumColumns(cellErrors.base, times: cells.base, width: H, rows: rows, into: gradients + cell)
      products.sumColumns(cellErrors.base, width: H, rows: rows, into: gradients + cellBias)
    }
  }

  /// δ after a backward pass, `[rows, C]`, ∂E/∂ what goes into the activations.
  ///
  /// - Parameter gates: what the recurrence left in place of the gates.
  func delta(_ gates: UnsafePointer<S>) -> UnsafePointer<S> {
    if case .gates = parameters { UnsafePointer(netErrors.base) } else { gates }
  }
}

/// The normalization of a direction during a pass.
struct Normalization<S: Scalar> {
  let columns: GateColumns
  private let (netNorms, recurrentNorms, cellNorms):
    (UnsafeMutablePointer<S>, UnsafeMutablePointer<S>, UnsafeMutablePointer<S>)
  private let rowScales: UnsafeMutablePointer<S>
  private let netErrors: UnsafeMutablePointer<S>
  private let cellErrors: UnsafeMutablePointer<S>
  /// `[rows, C]`: ∂E/∂(y·R), if products are normalized.
  let recurrentErrors: UnsafeMutablePointer<S>
  /// Of all nets, or of x·W, `[C]`.
  private let gain: UnsafePointer<S>
  /// b `[C]`
  private let bias: UnsafePointer<S>
  /// The gains of products and c; nil if nets are normalized.
  let split: Split?

  struct Split {
    /// Of y·R, `[C]`.
    let recurrentGain: UnsafePointer<S>
    /// Of c, `[H]`.
    let cellGain: UnsafePointer<S>
    let cellBias: UnsafePointer<S>
  }

  init(
    _ layer: LayerParameters, _ parameters: ParameterVector<S>, memory: NormalizationMemory<S>, bias: UnsafePointer<S>
  ) {
    (columns, self.bias) = (layer.columns, bias)
    (netNorms, recurrentNorms, cellNorms) = (memory.nets.base, memory.recurrent.base, memory.cells.base)
    (rowScales, netErrors, cellErrors) = (memory.scales.base, memory.netErrors.base, memory.cellErrors.base)
    recurrentErrors = memory.recurrentErrors.base
    switch memory.parameters {
    case .gates(let gain):
      self.gain = parameters + gain
      split = nil
    case .productsAndCell(let input, let recurrent, let cell, let cellBias):
      gain = parameters + input
      split = Split(
        recurrentGain: parameters + recurrent, cellGain: parameters + cell, cellBias: parameters + cellBias)
    }
  }

  /// The deltas after the recurrence of a backward pass; for normalized products it also computes those of the inputs.
  func deltas(_ gates: UnsafePointer<S>, rows: Int, products: Products<S>) -> GateDeltas<S> {
    let errors = UnsafePointer(netErrors)
    guard split != nil else { return GateDeltas(bias: errors, peepholes: gates, recurrent: gates, input: gates) }
    let job = NormalizedInputErrors(rows: rows, normalization: self, delta: gates)
    products.run(job, tasks: job.tasks)
    return GateDeltas(bias: gates, peepholes: gates, recurrent: UnsafePointer(recurrentErrors), input: errors)
  }

  // The norms of a packed row and their scales.
  private func nets(_ row: Int) -> UnsafeMutablePointer<S> { netNorms + row * columns.count }
  private func cells(_ row: Int) -> UnsafeMutablePointer<S> { cellNorms + row * columns.cells }
  private func scales(_ row: Int) -> UnsafeMutablePointer<S> { rowScales + row * NormalizationMemory<S>.normsOfRow }
  /// The norms of y·R of a row, in whose place the product is computed.
  func recurrent(_ row: Int) -> UnsafeMutablePointer<S> { recurrentNorms + row * columns.count }

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
  func normalizeNets(_ a: UnsafeMutablePointer<S>, row: Int, in range: Range<Int>) {
    guard split == nil else { return }
    var number = 0
    forEachNet { net in
      defer { number += 1 }
      guard range.contains(net.lowerBound) else { return }
      let (a, norms) = (a + net.lowerBound, nets(row) + net.lowerBound)
      scales(row)[number] = normalize(a, net.count)
      norms.update(from: a, count: net.count)
      amplify(a, by: gain + net.lowerBound, adding: bias + net.lowerBound, net.count)
    }
  }

  /// Replaces δ of the nets in `range`, ∂E/∂ what goes into the activations, by ∂E/∂ what their norm was computed of.
  func unnormalizeNets(_ delta: UnsafeMutablePointer<S>, row: Int, in range: Range<Int>) {
    guard split == nil else { return }
    var number = 0
    forEachNet { net in
      defer { number += 1 }
      guard range.contains(net.lowerBound) else { return }
      let (delta, first) = (delta + net.lowerBound, net.lowerBound)
      (netErrors + row * columns.count + first).update(from: delta, count: net.count)
      amplify(delta, by: gain + first, net.count)
      unnormalize(delta, norm: nets(row) + first, scale: scales(row)[number], net.count)
    }
  }

  // MARK: Products and c

  /// Computes a = norm(x·W) ∘ gain + b of a row.
  fileprivate func normalizeInput(_ a: UnsafeMutablePointer<S>, row: Int) {
    scales(row)[Self.inputScale] = normalize(a, columns.count)
    nets(row).update(from: a, count: columns.count)
    amplify(a, by: gain, adding: bias, columns.count)
  }

  /// Computes ∂E/∂(x·W) of a row from δ, which is kept.
  fileprivate func unnormalizeInput(_ delta: UnsafePointer<S>, row: Int) {
    let (errors, C) = (netErrors + row * columns.count, columns.count)
    errors.update(from: delta, count: C)
    amplify(errors, by: gain, C)
    unnormalize(errors, norm: nets(row), scale: scales(row)[Self.inputScale], C)
  }

  /// Computes a += norm(y·R) ∘ gain of a row; the product is in the place of its norm.
  func addRecurrent(to a: UnsafeMutablePointer<S>, row: Int, gain: UnsafePointer<S>) {
    let norms = recurrent(row)
    scales(row)[Self.recurrentScale] = normalize(norms, columns.count)
    for j in 0..<columns.count { a[j] += norms[j] * gain[j] }
  }

  /// Computes ∂E/∂(y·R) of a row from δ, which is kept.
  func unnormalizeRecurrent(_ delta: UnsafePointer<S>, row: Int, gain: UnsafePointer<S>) {
    let errors = recurrentErrors + row * columns.count
    errors.update(from: delta, count: columns.count)
    amplify(errors, by: gain, columns.count)
    unnormalize(errors, norm: recurrent(row), scale: scales(row)[Self.recurrentScale], columns.count)
  }

  /// Computes the argument of h(·): c itself, or norm(c) ∘ gain + bias.
  func normalizeCell(_ c: UnsafePointer<S>, row: Int, into target: UnsafeMutablePointer<S>) {
    let H = columns.cells
    target.update(from: c, count: H)
    guard let split else { return }
    scales(row)[Self.cellScale] = normalize(target, H)
    cells(row).update(from: target, count: H)
    amplify(target, by: split.cellGain, adding: split.cellBias, H)
  }

  /// Replaces ∂E/∂ the argument of h(·) of a row by ∂E/∂c.
  func unnormalizeCell(_ error: UnsafeMutablePointer<S>, row: Int) {
    guard let split else { return }
    let H = columns.cells
    (cellErrors + row * H).update(from: error, count: H)
    amplify(error, by: split.cellGain, H)
    unnormalize(error, norm: cells(row), scale: scales(row)[Self.cellScale], H)
  }
}

/// The job that normalizes x·W of all rows. One task is a block of rows.
struct NormalizedInput<S: Scalar>: TeamJob, @unchecked Sendable {
  let rows: Int
  let normalization: Normalization<S>
  /// `[rows, C]`: x·W in.
  let gates: UnsafeMutablePointer<S>

  var tasks: Int { (rows + AffineProduct<S>.rowsPerTask - 1) / AffineProduct<S>.rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * AffineProduct<S>.rowsPerTask
    for row in first..<min(rows, first + AffineProduct<S>.rowsPerTask) {
      normalization.normalizeInput(gates + row * normalization.columns.count, row: row)
    }
  }
}

/// The job that computes ∂E/∂(x·W) of all rows from δ. One task is a block of rows.
private struct NormalizedInputErrors<S: Scalar>: TeamJob, @unchecked Sendable {
  let rows: Int
  let normalization: Normalization<S>
  /// `[rows, C]`
  let delta: UnsafePointer<S>

  var tasks: Int { (rows + AffineProduct<S>.rowsPerTask - 1) / AffineProduct<S>.rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * AffineProduct<S>.rowsPerTask
    for row in first..<min(rows, first + AffineProduct<S>.rowsPerTask) {
      normalization.unnormalizeInput(delta + row * normalization.columns.count, row: row)
    }
  }
}
