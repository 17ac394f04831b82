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
  ///   - firstRow: the first packed row.
  ///   - gates: `[rows, C]`: activations.
  ///   - delta: `[rows, C]`, out; may be `gates`.
  ///   - cPrevious: `[rows, H]`; and c.
  ///   - dh: `[rows, H]`.
  ///   - dc: `[rows, H]`: what step t+1 left in, what step t-1 needs out.
  ///   - gateErrors: `[rows, G]`: ∂E/∂ the gates' activations as inputs of step t+1; nil where there are none.
  ///   - deltaClip: bounds of δ; nil for none.
  ///   - scratch: `[2, H]`.
  func backward(
    firstRow: Int, gates: MatrixView<S>, delta: MatrixView<S>, cPrevious: MatrixView<S>, c: MatrixView<S>,
    dh: MatrixView<S>, dc: MatrixView<S>, gateErrors: MatrixView<S>?, peepholeErrors: PeepholeErrors,
    deltaClip: S? = nil, scratch: MatrixView<S>
  ) {
    func bound(_ row: Row, _ range: Range<Int>) {
      guard let deltaClip else { return }
      clip(row.delta[range], to: -deltaClip...deltaClip)
    }
    let C = columns.count
    for n in 0..<gates.rows {
      let row = Row(
        a: gates[n], delta: delta[n], cPrevious: cPrevious[n], c: c[n], activated: scratch[0], error: scratch[1],
        dh: dh[n], dc: dc[n], gateErrors: gateErrors?[n])
      activateCell(row.c, row: firstRow + n, into: row.activated)
      outputGate(row)
      bound(row, columns.output..<C)
      normalization?.unnormalizeNets(row.delta, row: firstRow + n, in: columns.output..<C)
      normalization?.unnormalizeCell(row.error, row: firstRow + n)
      for b in 0..<columns.blocks { state(b, row, peepholeErrors) }
      bound(row, 0..<columns.output)
      normalization?.unnormalizeNets(row.delta, row: firstRow + n, in: 0..<columns.output)
      for b in 0..<columns.blocks { carry(b, row, peepholeErrors) }
      if let normalization, let split = normalization.split {
        normalization.unnormalizeRecurrent(row.delta, row: firstRow + n, gain: split.recurrentGain)
      }
    }
  }

  /// δ of y·R of all rows, `[rows, C]`: that of the pre-activations, if the product is not computed by itself.
  func recurrentDelta(_ delta: MatrixView<S>) -> MatrixView<S> {
    guard let normalization, normalization.split != nil else { return delta }
    return normalization.recurrentErrors
  }

  /// One sequence's step.
  private struct Row {
    /// Activations; overwritten by deltas, a block at a time, where they share memory.
    let a: VectorView<S>
    let delta: VectorView<S>
    let cPrevious: VectorView<S>
    let c: VectorView<S>
    /// h(c)
    let activated: VectorView<S>
    /// ∂E/∂ what went into h(·), then ∂E/∂c by way of h.
    let error: VectorView<S>
    let dh: VectorView<S>
    let dc: VectorView<S>
    let gateErrors: VectorView<S>?
  }

  /// δ of the output gate, and the error that h(c) sends to c.
  @inline(__always)
  private func outputGate(_ row: Row) {
    let before = columns.candidate
    for b in 0..<columns.blocks {
      let o = row.a[columns.output + b]
      var dOutput = row.gateErrors?[before + b] ?? 0
      for k in cells(of: b) {
        dOutput += row.dh[k] * row.activated[k]
        row.error[k] = row.dh[k] * o * outputActivation.slope(atValue: row.activated[k])
      }
      row.delta[columns.output + b] = dOutput * gateActivation.slope(atValue: o)
    }
  }

  /// dc of a block, and δ of its candidates and of its gates in front of the state. dc becomes ∂E/∂c_{t-1} by way of
  /// the state.
  @inline(__always)
  private func state(_ b: Int, _ row: Row, _ peepholeErrors: PeepholeErrors) {
    let (a, dc, B, before, cells) = (row.a, row.dc, columns.blocks, columns.candidate, cells(of: b))
    let (first, second) = (a[b], before > B ? a[B + b] : 0)
    let (admits, keeps) = inputAndForget(a, b)
    let p = peepholeErrors.output ? peephole(columns.output) : nil
    var (dAdmits, dKeeps) = (S.zero, S.zero)
    for k in cells {
      let g = a[before + k]
      dc[k] += row.error[k]
      if let p { dc[k] += p[k] * row.delta[columns.output + b] }
      if isClipped(row.c[k]) { dc[k] = 0 }
      dAdmits += dc[k] * g
      dKeeps += dc[k] * row.cPrevious[k]
      row.delta[before + k] = dc[k] * admits * inputActivation.slope(atValue: g)
      dc[k] *= keeps
    }
    // What the first gate in front of the candidate, and the second, if there is one, get.
    var (dFirst, dSecond) = (row.gateErrors?[b] ?? 0, before > B ? row.gateErrors?[B + b] ?? 0 : 0)
    switch cell.gating {
    case .inputAndForget:
      dFirst += dAdmits
      dSecond += dKeeps
    case .inputOnly: dFirst += dAdmits
    case .keepInput: dFirst += dAdmits - dKeeps
    case .keepForget: dFirst += dKeeps - dAdmits
    }
    row.delta[b] = dFirst * gateActivation.slope(atValue: first)
    if before > B { row.delta[B + b] = dSecond * gateActivation.slope(atValue: second) }
  }

  /// dc takes what peepholes send to c_{t-1}.
  @inline(__always)
  private func carry(_ b: Int, _ row: Row, _ peepholeErrors: PeepholeErrors) {
    guard peepholeErrors.inputSide else { return }
    for gate in stride(from: 0, to: columns.candidate, by: columns.blocks) {
      guard let p = peephole(gate) else { return }
      for k in cells(of: b) { row.dc[k] += p[k] * row.delta[gate + b] }
    }
  }

  /// Whether a cell state stands at its bounds, which pass no error.
  @inline(__always)
  func isClipped(_ c: S) -> Bool { cellClip.map { abs(c) >= $0 } ?? false }
}
