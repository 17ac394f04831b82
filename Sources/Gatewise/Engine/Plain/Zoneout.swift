/// The memory of zoneout in a direction.
final class ZoneoutMemory<S: Scalar> {
  private let layer: LayerParameters
  private let rates: Regularization
  private let (cellStream, hiddenStream): (MaskStream, MaskStream)
  private let window: Window<S>
  private let cells: PlannedBuffer<S>
  private let outputs: PlannedBuffer<S>
  private let errors: PlannedBuffer<S>

  /// Makes the memory; nil if nothing is held back.
  init?(_ layer: LayerParameters, _ shape: EngineShape<S>, window: Window<S>, plan: MemoryPlan) {
    rates = shape.configuration.regularization
    guard rates.zonesOut else { return nil }
    (self.layer, self.window) = (layer, window)
    cellStream = MaskStream("zoneout_c\(layer.suffix)", rate: rates.zoneoutCell)
    hiddenStream = MaskStream("zoneout_h\(layer.suffix)", rate: rates.zoneoutHidden)
    let (H, P, trains) = (Double(layer.hiddenSize), Double(layer.outputSize), shape.trains)
    cells = plan.buffer("new cells\(layer.suffix)") { $0.rows * H }
    outputs = plan.buffer("new outputs\(layer.suffix)") { $0.rows * P }
    errors = plan.shared("errors of held back states") { trains ? 2 * $0.sequences * max(H, P) : 0 }
  }

  /// `[rows, H]`: c̃, as the output gate reads it.
  var newCells: MatrixView<S> { cells.matrix(rows: window.rows, columns: layer.hiddenSize) }
  /// `[rows, P]`: ỹ, the outputs of the step itself.
  var newOutputs: MatrixView<S> { outputs.matrix(rows: window.rows, columns: layer.outputSize) }

  /// Zoneout of a pass over the window.
  func makePass() -> Zoneout<S> {
    let (N, H, P) = (window.batchSize, layer.hiddenSize, layer.outputSize)
    return Zoneout(
      rates: rates, cellMask: window.mask(cellStream), hiddenMask: window.mask(hiddenStream),
      callerRows: window.callerRows, isReverse: layer.isReverse, cells: newCells, outputs: newOutputs,
      hiddenErrors: errors.matrix(rows: N, columns: P),
      cellErrors: errors.matrix(at: N * max(H, P), rows: N, columns: H))
  }
}

/// Zoneout of a pass: how much of the state before a step remains, z of c_{t-1} and of y_{t-1}, element by element.
///
///     c_t = z ∘ c_{t-1} + (1 - z) ∘ c̃_t        y_t = z ∘ y_{t-1} + (1 - z) ∘ ỹ_t
///
/// c̃_t and ỹ_t are the results of the step itself; ỹ_t is computed from c̃_t (Krueger et al. 2017, equation 5). In
/// training z is 0 or 1 at random, otherwise its mean.
struct Zoneout<S: Scalar> {
  let rates: Regularization
  /// Where it drops, z is 1; nil if z is the rate.
  let cellMask: DropMask?
  let hiddenMask: DropMask?
  /// `[rows]`: t·N + n of each packed row.
  let callerRows: VectorView<Int>
  /// Whether the direction runs against time.
  let isReverse: Bool
  /// `[rows, H]`: c̃.
  let cells: MatrixView<S>
  /// `[rows, P]`: ỹ.
  let outputs: MatrixView<S>
  /// `[N, P]`: the part of the error of y_t that y_{t-1} gets unchanged; only in training.
  let hiddenErrors: MatrixView<S>
  /// `[N, H]`: the part of the error of c_t that c_{t-1} gets unchanged; only in training.
  fileprivate let cellErrors: MatrixView<S>

  /// z of c in a row of step t.
  @inline(__always)
  private func keepsCell(_ packing: SequencePacking, _ t: Int, _ n: Int) -> (Int) -> S {
    keeps(cellMask, rates.zoneoutCell, packing, t, n)
  }

  /// z of y in a row of step t.
  @inline(__always)
  private func keepsHidden(_ packing: SequencePacking, _ t: Int, _ n: Int) -> (Int) -> S {
    keeps(hiddenMask, rates.zoneoutHidden, packing, t, n)
  }

  private func keeps(
    _ mask: DropMask?, _ rate: Double, _ packing: SequencePacking, _ t: Int, _ n: Int
  ) -> (Int) -> S {
    let (row, mean) = (callerRows[packing.row(t, n, turned: isReverse)], S(rate))
    return { j in mask.map { $0.drops(row, j) ? 1 : 0 } ?? mean }
  }

  /// Computes the state after step t of some sequences: c `[count, H]` from c̃; y `[count, P]` in place from ỹ, which
  /// is kept.
  func blend(
    _ packing: SequencePacking, _ t: Int, first: Int, cPrevious: MatrixView<S>, c: MatrixView<S>,
    yPrevious: MatrixView<S>, y: MatrixView<S>
  ) {
    let new = packing.offset[t] + first..<packing.offset[t] + first + y.rows
    let (newCells, newOutputs) = (cells.rows(new), outputs.rows(new))
    newOutputs.elements.copy(from: y.elements)
    for n in 0..<y.rows {
      let (zc, zy) = (keepsCell(packing, t, first + n), keepsHidden(packing, t, first + n))
      let (c, cPrevious, cNew, y, yPrevious) = (c[n], cPrevious[n], newCells[n], y[n], yPrevious[n])
      for k in 0..<c.count { c[k] = zc(k) * cPrevious[k] + (1 - zc(k)) * cNew[k] }
      for k in 0..<y.count { y[k] = zy(k) * yPrevious[k] + (1 - zy(k)) * y[k] }
    }
  }

  /// Splits the errors of y_t and c_t: those of ỹ_t and c̃_t replace them, those of y_{t-1} and c_{t-1} are kept.
  func split(_ packing: SequencePacking, _ t: Int, first: Int, dy: MatrixView<S>, dc: MatrixView<S>) {
    for n in 0..<dy.rows {
      let (zc, zy) = (keepsCell(packing, t, first + n), keepsHidden(packing, t, first + n))
      let (dy, dc, keptY, keptC) = (dy[n], dc[n], hiddenErrors[first + n], cellErrors[first + n])
      for k in 0..<dy.count {
        keptY[k] = zy(k) * dy[k]
        dy[k] *= 1 - zy(k)
      }
      for k in 0..<dc.count {
        keptC[k] = zc(k) * dc[k]
        dc[k] *= 1 - zc(k)
      }
    }
  }

  /// Adds the kept error of c_{t-1} to the one that came through the cells.
  func addCellErrors(first: Int, to dc: MatrixView<S>) {
    let (kept, dc) = (cellErrors.rows(from: first, count: dc.rows).elements, dc.elements)
    for j in 0..<dc.count { dc[j] += kept[j] }
  }
}
