extension ScalarNetwork {
  /// Computes c_t, h_t, y_t and the gates' activations of one layer from a_t, c_{t-1} and y_{t-1}, and stores them in
  /// `now`.
  mutating func activate(layer k: Int, sequence n: Int, time t: Int) {
    let (N, at, cell) = (problem.batchSize, places[k], shape.cell)
    let (H, B, S) = (at.hiddenSize, at.columns.blocks, at.columns.cellsPerBlock)
    var row = 0  // among the existing gates

    /// Computes the activations of the next gate, whose peepholes read the cells of their blocks from `seen`.
    func gate(_ columns: Range<Int>, _ seen: (Int) -> Number) {
      if let peepholes = at.peepholes {
        for j in 0..<H { a[columns.lowerBound + j / S] += variables[peepholes + row * H + j] * seen(j) }
      }
      normalizeNets(columns, at)
      for (block, j) in columns.enumerated() { now.gates[row * B + block] = .squash(clipped(a[j]), cell.gateSquash) }
      row += 1
    }
    func cBefore(_ j: Int) -> Number {
      guard let record, problem.rule.cutsInputPeepholes else { return c[k][n * H + j] }
      return t > 0 ? record.cells[k][((t - 1) * N + n) * H + j] : record.variables[at.initialCell(of: n) + j]
    }
    func cNow(_ j: Int) -> Number {
      guard let record, problem.rule.cutsOutputPeephole else { return now.c[j] }
      return record.cells[k][(t * N + n) * H + j]
    }
    /// i and f of a block.
    func openings(_ block: Int) -> (i: Number, f: Number) {
      let first = now.gates[block]
      return switch cell.gating {
      case .inputAndForget: (first, now.gates[B + block])
      case .inputOnly: (first, 1)
      case .keepInput: (first, 1 - first)
      case .keepForget: (1 - first, first)
      }
    }

    if let columns = at.columns.input { gate(columns, cBefore) }
    if let columns = at.columns.forget { gate(columns, cBefore) }
    normalizeNets(at.columns.candidate, at)
    for j in 0..<H {
      let (i, f) = openings(j / S)
      let g = Number.squash(clipped(a[at.columns.candidate.lowerBound + j]), cell.inputSquash)
      let c = f * c[k][n * H + j] + i * g
      now.c[j] = cell.cellClip.map { .held(c, in: -$0...$0) } ?? c
    }
    gate(at.columns.output, cNow)  // the output gate reads the new cell state
    let shown = shownCells(at)
    for j in 0..<H {
      now.h[j] = now.gates[(row - 1) * B + j / S] * .squash(clipped(shown[j]), cell.outputSquash)
    }
    project(at)
    zoneOut(layer: k, sequence: n, time: t)
  }

  /// The input of an activation function in place of z.
  private func clipped(_ z: Number) -> Number {
    shape.cell.preActivationClip.map { .held(z, in: -$0...$0) } ?? z
  }

  /// a = norm(a) ∘ gain + b over the columns of one gate, if the layer normalizes them.
  private mutating func normalizeNets(_ columns: Range<Int>, _ at: LayerPlaces) {
    guard let gain = at.normalization.gain else { return }
    let normalized = a.normalized(columns)
    for (place, j) in columns.enumerated() {
      a[j] = normalized[place] * variables[gain + j] + (at.biases[j].map { variables[$0] } ?? 0)
    }
  }

  /// c_t as the input of h(): norm(c_t) ∘ gain + bias if the layer normalizes it.
  private func shownCells(_ at: LayerPlaces) -> [Number] {
    guard let gain = at.normalization.cellGain, let bias = at.normalization.cellBias else { return now.c }
    return now.c.normalized(0..<at.hiddenSize).enumerated().map { j, value in
      value * variables[gain + j] + variables[bias + j]
    }
  }

  /// y = h, or h·Q clamped to the projection's bounds.
  private mutating func project(_ at: LayerPlaces) {
    let (H, P) = (at.hiddenSize, at.stateSize)
    for m in 0..<P {
      guard let Q = at.projection else {
        now.y[m] = now.h[m]
        continue
      }
      var y: Number = 0
      for j in 0..<H { y += now.h[j] * variables[Q + j * P + m] }
      now.y[m] = shape.projectionClip.map { .held(y, in: -$0...$0) } ?? y
    }
  }

  /// c = z ∘ c_{t-1} + (1 - z) ∘ c and y likewise. h has been computed from the new c.
  ///
  /// Source: D. Krueger et al., Zoneout, arXiv:1606.01305 (2017), equation 5.
  private mutating func zoneOut(layer k: Int, sequence n: Int, time t: Int) {
    let (H, P, row) = (places[k].hiddenSize, places[k].stateSize, t * problem.batchSize + n)
    func mixed(_ z: Double, _ old: Number, _ new: Number) -> Number { Number(z) * old + Number(1 - z) * new }
    if let z = problem.masks.zoneoutCell?[k] {
      for j in 0..<H { now.c[j] = mixed(z[row * H + j], c[k][n * H + j], now.c[j]) }
    }
    if let z = problem.masks.zoneoutHidden?[k] {
      for j in 0..<P { now.y[j] = mixed(z[row * P + j], h[k][n * P + j], now.y[j]) }
    }
  }
}
