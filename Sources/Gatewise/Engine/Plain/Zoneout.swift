/// The memory of zoneout in a direction.
final class ZoneoutMemory<S: Scalar> {
  private let layer: LayerParameters
  private let rates: Regularization
  private let (cellStream, hiddenStream): (MaskStream, MaskStream)
  private let window: Window<S>
  private let trains: Bool
  private let cells: PlannedBuffer<S>
  private let outputs: PlannedBuffer<S>
  private let errors: PlannedBuffer<S>

  /// Makes the memory; nil if nothing is held back.
  init?(_ layer: LayerParameters, _ shape: EngineShape<S>, window: Window<S>, plan: MemoryPlan) {
    rates = shape.configuration.regularization
    guard rates.zonesOut else { return nil }
    (self.layer, self.window, trains) = (layer, window, shape.trains)
    cellStream = MaskStream("zoneout_c\(layer.suffix)", rate: rates.zoneoutCell)
    hiddenStream = MaskStream("zoneout_h\(layer.suffix)", rate: rates.zoneoutHidden)
    let (H, P, trains) = (Double(layer.hiddenSize), Double(layer.outputSize), shape.trains)
    cells = plan.buffer("new cells\(layer.suffix)") { $0.rows * H }
    outputs = plan.buffer("new outputs\(layer.suffix)") { $0.rows * P }
    errors = plan.shared("errors of held back states") { trains ? 2 * $0.sequences * max(H, P) : 0 }
  }

  /// `[rows, H]`: c̃, as the output gate reads it.
  var newCells: UnsafePointer<S> { UnsafePointer(cells.base) }
  /// `[rows, P]`: ỹ, the outputs of the step itself.
  var newOutputs: UnsafePointer<S> { UnsafePointer(outputs.base) }

  /// Zoneout of a pass over the window.
  func makePass() -> Zoneout<S> {
    Zoneout(
      rates: rates, cellMask: window.mask(cellStream), hiddenMask: window.mask(hiddenStream),
      callerRows: window.callerRows,
      isReverse: layer.isReverse, cells: cells.base, outputs: outputs.base, errors: errors.base,
      errorCount: trains ? window.batchSize * max(layer.hiddenSize, layer.outputSize) : 0)
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
  let callerRows: UnsafePointer<Int>
  /// Whether the direction runs against time.
  let isReverse: Bool
  /// `[rows, H]`: c̃.
  let cells: UnsafeMutablePointer<S>
  /// `[rows, P]`: ỹ.
  let outputs: UnsafeMutablePointer<S>
  /// `[2, N, most]`: memory for the errors that steps pass on unchanged.
  let errors: UnsafeMutablePointer<S>
  let errorCount: Int

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
    _ packing: SequencePacking, _ t: Int, first: Int, count: Int, hidden H: Int, output P: Int,
    cPrevious: UnsafePointer<S>, c: UnsafeMutablePointer<S>, yPrevious: UnsafePointer<S>, y: UnsafeMutablePointer<S>
  ) {
    let row = packing.offset[t] + first
    (outputs + row * P).update(from: y, count: count * P)
    for n in 0..<count {
      let (zc, zy) = (keepsCell(packing, t, first + n), keepsHidden(packing, t, first + n))
      for k in 0..<H {
        c[n * H + k] = zc(k) * cPrevious[n * H + k] + (1 - zc(k)) * cells[(row + n) * H + k]
      }
      for k in 0..<P { y[n * P + k] = zy(k) * yPrevious[n * P + k] + (1 - zy(k)) * y[n * P + k] }
    }
  }

  /// `[N, P]`: the part of the error of y_t that y_{t-1} gets unchanged.
  var hiddenErrors: UnsafeMutablePointer<S> { errors }
  /// `[N, H]`: the part of the error of c_t that c_{t-1} gets unchanged.
  private var cellErrors: UnsafeMutablePointer<S> { errors + errorCount }

  /// Splits the errors of y_t and c_t: those of ỹ_t and c̃_t replace them, those of y_{t-1} and c_{t-1} are kept.
  func split(
    _ packing: SequencePacking, _ t: Int, first: Int, count: Int, hidden H: Int, output P: Int,
    dy: UnsafeMutablePointer<S>, dc: UnsafeMutablePointer<S>
  ) {
    for n in 0..<count {
      let (zc, zy) = (keepsCell(packing, t, first + n), keepsHidden(packing, t, first + n))
      let (keptY, keptC) = (hiddenErrors + (first + n) * P, cellErrors + (first + n) * H)
      for k in 0..<P {
        keptY[k] = zy(k) * dy[n * P + k]
        dy[n * P + k] *= 1 - zy(k)
      }
      for k in 0..<H {
        keptC[k] = zc(k) * dc[n * H + k]
        dc[n * H + k] *= 1 - zc(k)
      }
    }
  }

  /// Adds the kept error of c_{t-1} to the one that came through the cells.
  func addCellErrors(first: Int, count: Int, hidden H: Int, to dc: UnsafeMutablePointer<S>) {
    for j in 0..<count * H { dc[j] += cellErrors[first * H + j] }
  }
}
