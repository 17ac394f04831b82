/// How much of the state before a step stays: z of c_{t-1} and of y_{t-1}, element by element.
///
///     c_t = z ∘ c_{t-1} + (1 - z) ∘ c̃_t        y_t = z ∘ y_{t-1} + (1 - z) ∘ ỹ_t
///
/// c̃_t and ỹ_t are what the step itself gives; ỹ_t comes from c̃_t (Krueger et al. 2017, equation 5). In training z is 0 or
/// 1 at random, elsewhere its mean.
struct Zoneout<S: Scalar> {
  let rates: Regularization
  /// Where it drops, z is 1; nil where z is the rate.
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
  /// `[2, N, most]`: memory for the errors that steps hand back.
  let errors: UnsafeMutablePointer<S>
  let errorCount: Int

  /// z of c in a row of step t.
  @inline(__always)
  func keepsCell(_ packing: SequencePacking, _ t: Int, _ n: Int) -> (Int) -> S {
    keeps(cellMask, rates.zoneoutCell, packing, t, n)
  }

  /// z of y in a row of step t.
  @inline(__always)
  func keepsHidden(_ packing: SequencePacking, _ t: Int, _ n: Int) -> (Int) -> S {
    keeps(hiddenMask, rates.zoneoutHidden, packing, t, n)
  }

  private func keeps(
    _ mask: DropMask?, _ rate: Double, _ packing: SequencePacking, _ t: Int, _ n: Int
  ) -> (Int) -> S {
    let (row, mean) = (callerRows[packing.row(t, n, turned: isReverse)], S(rate))
    return { j in mask.map { $0.drops(row, j) ? 1 : 0 } ?? mean }
  }

  /// The state after step t of some sequences: c `[count, H]` out, from c̃; y `[count, P]` in as ỹ, which is kept, and
  /// out.
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
}

extension Workspace {
  /// nil where nothing is held back.
  func zoneout(of k: Int) -> Zoneout<S>? {
    guard configuration.regularization.zonesOut else { return nil }
    let memory = layers[k]
    let errorCount = purpose == .training ? batchSize * max(memory.hiddenSize, memory.outputSize) : 0
    return Zoneout(
      rates: configuration.regularization, cellMask: maskSeed.flatMap { masks.zoneoutCell(k, $0) },
      hiddenMask: maskSeed.flatMap { masks.zoneoutHidden(k, $0) }, callerRows: callerRows.base,
      isReverse: layout.layers[k].isReverse, cells: memory.unzonedCells.base, outputs: memory.unzonedOutputs.base,
      errors: zoneoutErrors.reserve(2 * errorCount), errorCount: errorCount)
  }
}
