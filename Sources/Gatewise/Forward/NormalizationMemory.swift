/// What a direction that normalizes keeps of a window, by packed row; empty where it does not.
///
/// Each of the norms that a row has leaves its scale: with normalized gates one for each net, else x·W's, y·R's and c's.
final class NormalizationMemory<S: Scalar> {
  /// `[rows, C]`: the norms of all nets, or those of x·W.
  let nets: AlignedBuffer<S>
  /// `[rows, C]`: the norms of y·R.
  let recurrent: AlignedBuffer<S>
  /// `[rows, H]`: the norms of c.
  let cells: AlignedBuffer<S>
  /// `[rows, norms of a row]`
  let scales: AlignedBuffer<S>
  /// `[rows, C]`: where the nets' norms are amplified, ∂E/∂ what comes out.
  let netErrors: AlignedBuffer<S>
  /// `[rows, C]`: ∂E/∂(y·R)
  let recurrentErrors: AlignedBuffer<S>
  /// `[rows, H]`: where c's norm is amplified, ∂E/∂ what comes out.
  let cellErrors: AlignedBuffer<S>

  /// Norms of a row.
  static var normsOfRow: Int { 4 }

  init(_ layer: LayerParameters, rows: Int, purpose: Workspace<S>.Purpose) {
    let (C, H) = (layer.columns.count, layer.hiddenSize)
    let isThere = layer.normalization != nil
    var splits = false
    if case .productsAndCell = layer.normalization { splits = true }
    let trains = purpose == .training
    nets = AlignedBuffer(count: isThere ? rows * C : 0)
    recurrent = AlignedBuffer(count: splits ? rows * C : 0)
    cells = AlignedBuffer(count: splits ? rows * H : 0)
    scales = AlignedBuffer(count: isThere ? rows * Self.normsOfRow : 0)
    netErrors = AlignedBuffer(count: isThere && trains ? rows * C : 0)
    recurrentErrors = AlignedBuffer(count: splits && trains ? rows * C : 0)
    cellErrors = AlignedBuffer(count: splits && trains ? rows * H : 0)
  }

  /// Numbers for a row.
  static func countOfRow(_ layer: LayerParameters, purpose: Workspace<S>.Purpose) -> Double {
    let (C, H) = (layer.columns.count, layer.hiddenSize)
    let copies = purpose == .training ? 2 : 1
    return switch layer.normalization {
    case nil: 0
    case .gates: Double(copies * C + normsOfRow)
    case .productsAndCell: Double(copies * (2 * C + H) + normsOfRow)
    }
  }
}

/// The gains of a direction, with what it keeps.
struct Normalization<S: Scalar> {
  let columns: GateColumns
  let memory: NormalizationMemory<S>
  /// Of all nets, or of x·W, `[C]`.
  let gain: UnsafePointer<S>
  /// b `[C]`
  let bias: UnsafePointer<S>
  /// What products and c are normalized by; nil where nets are.
  let split: Split?

  struct Split {
    /// Of y·R, `[C]`.
    let recurrentGain: UnsafePointer<S>
    /// Of c, `[H]`.
    let cellGain: UnsafePointer<S>
    let cellBias: UnsafePointer<S>
  }

  init?(
    _ layer: LayerParameters, _ parameters: UnsafePointer<S>, memory: NormalizationMemory<S>, bias: UnsafePointer<S>
  ) {
    (columns, self.memory, self.bias) = (layer.columns, memory, bias)
    switch layer.normalization {
    case nil: return nil
    case .gates(let gain):
      self.gain = parameters + gain
      split = nil
    case .productsAndCell(let input, let recurrent, let cell, let cellBias):
      gain = parameters + input
      split = Split(
        recurrentGain: parameters + recurrent, cellGain: parameters + cell, cellBias: parameters + cellBias)
    }
  }

  /// The norms of packed row `row` and their scales.
  func nets(_ row: Int) -> UnsafeMutablePointer<S> { memory.nets.base + row * columns.count }
  func recurrent(_ row: Int) -> UnsafeMutablePointer<S> { memory.recurrent.base + row * columns.count }
  func cells(_ row: Int) -> UnsafeMutablePointer<S> { memory.cells.base + row * columns.cells }
  func scales(_ row: Int) -> UnsafeMutablePointer<S> {
    memory.scales.base + row * NormalizationMemory<S>.normsOfRow
  }

  /// Where the scales of products and c stand in a row's.
  static var inputScale: Int { 0 }
  static var recurrentScale: Int { 1 }
  static var cellScale: Int { 2 }
}
