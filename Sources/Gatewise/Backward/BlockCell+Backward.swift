extension BlockCell {
  /// Which gates an error passes to the cell state that their peepholes see.
  struct PeepholeErrors {
    /// i and f, which see c_{t-1}.
    let inputSide: Bool
    /// o, which sees c_t.
    let output: Bool

    init(_ paths: PeepholePaths) {
      inputSide = paths == .attached
      output = paths != .detached
    }
  }

  /// The deltas of one step of some sequences and the cell error for the step before (Equations, The family).
  ///
  /// - Parameters:
  ///   - gates: `[rows, C]`: activations.
  ///   - delta: `[rows, C]`, out; may be `gates`.
  ///   - cPrevious: `[rows, H]`; and c.
  ///   - dh: `[rows, H]`.
  ///   - dc: `[rows, H]`: what step t+1 left in, what step t-1 needs out.
  ///   - gateErrors: `[rows, G]`: ∂E/∂ the gates' activations as inputs of step t+1; nil where there are none.
  ///   - scratch: `[H]`.
  func backward(
    rows: Int, gates: UnsafePointer<S>, delta: UnsafeMutablePointer<S>, cPrevious: UnsafePointer<S>,
    c: UnsafePointer<S>, dh: UnsafePointer<S>, dc: UnsafeMutablePointer<S>, gateErrors: UnsafePointer<S>?,
    peepholeErrors: PeepholeErrors, scratch: UnsafeMutablePointer<S>
  ) {
    let (C, H) = (columns.count, columns.cells)
    for row in 0..<rows {
      let (a, delta) = (gates + row * C, delta + row * C)
      outputActivation.apply(H, c + row * H, into: scratch, kernels)
      for b in 0..<columns.blocks {
        block(
          b, a, delta, cPrevious: cPrevious + row * H, c: c + row * H, bentCell: scratch, dh: dh + row * H, dc: dc + row * H,
          gateErrors: gateErrors.map { $0 + row * columns.gateCount }, peepholeErrors)
      }
    }
  }

  @inline(__always)
  private func block(
    _ b: Int, _ a: UnsafePointer<S>, _ delta: UnsafeMutablePointer<S>, cPrevious: UnsafePointer<S>,
    c: UnsafePointer<S>, bentCell: UnsafePointer<S>, dh: UnsafePointer<S>, dc: UnsafeMutablePointer<S>, gateErrors: UnsafePointer<S>?,
    _ peepholeErrors: PeepholeErrors
  ) {
    let (B, before, cells) = (columns.blocks, columns.candidate, cells(of: b))
    let (first, second) = (a[b], before > B ? a[B + b] : 0)
    let (admits, keeps) = doors(a, b)
    let o = a[columns.output + b]
    var dOutput = gateErrors?[before + b] ?? 0
    for k in cells { dOutput += dh[k] * bentCell[k] }
    let deltaO = dOutput * gateActivation.slope(atValue: o)
    let p = peepholeErrors.output ? peephole(columns.output) : nil
    var (dAdmits, dKeeps) = (S.zero, S.zero)
    for k in cells {
      let g = a[before + k]
      dc[k] += dh[k] * o * outputActivation.slope(atValue: bentCell[k])
      if let p { dc[k] += p[k] * deltaO }
      if isClipped(c[k]) { dc[k] = 0 }
      dAdmits += dc[k] * g
      dKeeps += dc[k] * cPrevious[k]
      delta[before + k] = dc[k] * admits * inputActivation.slope(atValue: g)
    }
    // What the first gate in front of the candidate, and the second, if there is one, get.
    var (dFirst, dSecond) = (gateErrors?[b] ?? 0, before > B ? gateErrors?[B + b] ?? 0 : 0)
    switch cell.gating {
    case .inputAndForget:
      dFirst += dAdmits
      dSecond += dKeeps
    case .inputOnly: dFirst += dAdmits
    case .keepInput: dFirst += dAdmits - dKeeps
    case .keepForget: dFirst += dKeeps - dAdmits
    }
    let (deltaFirst, deltaSecond) = (
      dFirst * gateActivation.slope(atValue: first), dSecond * gateActivation.slope(atValue: second)
    )
    let pFirst = peepholeErrors.inputSide ? peephole(0) : nil
    let pSecond = peepholeErrors.inputSide && before > B ? peephole(B) : nil
    for k in cells {
      dc[k] *= keeps
      if let pFirst { dc[k] += pFirst[k] * deltaFirst }
      if let pSecond { dc[k] += pSecond[k] * deltaSecond }
    }
    delta[b] = deltaFirst
    if before > B { delta[B + b] = deltaSecond }
    delta[columns.output + b] = deltaO
  }

  /// Whether a cell state stands at its bounds, which pass no error.
  @inline(__always)
  func isClipped(_ c: S) -> Bool { cellClip.map { abs(c) >= $0 } ?? false }
}
