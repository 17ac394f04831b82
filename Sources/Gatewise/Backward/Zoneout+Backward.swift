extension Zoneout {
  /// `[N, P]`: what y_{t-1} gets of the error of y_t at once.
  var hiddenErrors: UnsafeMutablePointer<S> { errors }
  /// `[N, H]`: what c_{t-1} gets of the error of c_t at once.
  private var cellErrors: UnsafeMutablePointer<S> { errors + errorCount }

  /// Parts the errors of y_t and c_t: those of ỹ_t and c̃_t take their place, those of y_{t-1} and c_{t-1} are kept.
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

  /// The error of c_{t-1} that was kept is added to that which came through the cells.
  func addCellErrors(first: Int, count: Int, hidden H: Int, to dc: UnsafeMutablePointer<S>) {
    for j in 0..<count * H { dc[j] += cellErrors[first * H + j] }
  }
}
