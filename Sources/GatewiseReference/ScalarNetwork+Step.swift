extension ScalarNetwork {
  /// Runs one step of one layer for one sequence: y, c and the gates' activations advance to step t.
  mutating func step(layer k: Int, sequence n: Int, time t: Int) {
    let (N, at) = (problem.batchSize, places[k])
    let (H, P, G, row) = (at.hiddenSize, at.stateSize, at.columns.gateCount, t * N + n)
    var remembered: [Number]?
    if let record, problem.rule.remembersRecordedInput {
      net(layer: k, sequence: n, time: t, recorded: record)
      activate(layer: k, sequence: n, time: t)
      remembered = now.c
    }
    net(layer: k, sequence: n, time: t, recorded: problem.rule.cutsInput ? record : nil)
    activate(layer: k, sequence: n, time: t)
    for j in 0..<P { (states[k][row * P + j], h[k][n * P + j]) = (now.y[j], now.y[j]) }
    for j in 0..<H { (cells[k][row * H + j], c[k][n * H + j]) = (now.c[j], remembered?[j] ?? now.c[j]) }
    for j in 0..<G { (gateOutputs[k][row * G + j], gates[k][n * G + j]) = (now.gates[j], now.gates[j]) }
    putOut(layer: k, sequence: n, time: t)
  }

  /// Writes y_t into the level's output, beside the other direction's; if levels are residual, with the level's input
  /// added.
  private mutating func putOut(layer k: Int, sequence n: Int, time t: Int) {
    let (l, P, row) = (places[k].level, places[k].stateSize, t * problem.batchSize + n)
    let (width, first) = (shape.outputSize(ofLevel: l), places[k].isReverse ? P : 0)
    for j in 0..<P {
      let place = row * width + first + j
      outputs[l][place] = shape.residual && l > 0 ? now.y[j] + outputs[l - 1][place] : now.y[j]
    }
  }

  /// a_t = x_t·W + y_{t-1}·R + gates_{t-1}·U + b, with the current or the recorded x_t. Without b if the layer
  /// normalizes its gates; with each product normalized if the layer normalizes its products.
  private mutating func net(layer k: Int, sequence n: Int, time t: Int, recorded: ScalarRecord<Number>?) {
    let (at, C) = (places[k], places[k].columns.count)
    func bias(_ j: Int) -> Number { at.biases[j].map { variables[$0] } ?? 0 }
    switch shape.layerNormalization {
    case nil:
      for j in 0..<C { a[j] = bias(j) }
      addInput(layer: k, sequence: n, time: t, recorded: recorded)
      addRecurrent(layer: k, sequence: n, time: t)
    case .gates:
      for j in 0..<C { a[j] = 0 }
      addInput(layer: k, sequence: n, time: t, recorded: recorded)
      addRecurrent(layer: k, sequence: n, time: t)
    case .productsAndCell:
      for j in 0..<C { a[j] = 0 }
      addInput(layer: k, sequence: n, time: t, recorded: recorded)
      let fromInput = a.normalized(0..<C)
      for j in 0..<C { a[j] = 0 }
      addRecurrent(layer: k, sequence: n, time: t)
      let recurrent = a.normalized(0..<C)
      let (inputGain, recurrentGain) = (at.normalization.inputGain!, at.normalization.recurrentGain!)
      for j in 0..<C {
        a[j] = fromInput[j] * variables[inputGain + j] + recurrent[j] * variables[recurrentGain + j] + bias(j)
      }
    }
  }

  /// a += x_t·W
  private mutating func addInput(layer k: Int, sequence n: Int, time t: Int, recorded: ScalarRecord<Number>?) {
    let (at, l, row) = (places[k], places[k].level, t * problem.batchSize + n)
    let I = shape.inputSize(ofLevel: l)
    if l > 0 {
      take((recorded?.outputs ?? outputs)[l - 1], row * I, I)
    } else if shape.embeddingSize != nil {
      take(recorded?.embedded ?? embedded, row * I, I)
    } else {
      take(recorded?.variables ?? variables, problem.places.input.range.lowerBound + row * I, I)
    }
    if l > 0, let mask = problem.masks.betweenLayers?[l - 1] { drop(mask, row * I, I) }
    if let mask = problem.masks.input?[l] { drop(mask, n * I, I) }
    addProduct(count: I, weights: at.inputWeights, columns: at.columns.count)
  }

  /// a += y_{t-1}·R + gates_{t-1}·U, with the current y_{t-1} and gates or, if a rule cuts there, the recorded ones.
  private mutating func addRecurrent(layer k: Int, sequence n: Int, time t: Int) {
    let (at, before) = (places[k], (t - 1) * problem.batchSize + n)
    let (P, C, G) = (at.stateSize, at.columns.count, at.columns.gateCount)
    let cut = problem.rule.cutsRecurrence ? record : nil
    if let cut {
      if t > 0 { take(cut.states[k], before * P, P) } else { take(cut.variables, at.initialState(of: n), P) }
    } else {
      take(h[k], n * P, P)
    }
    if let mask = problem.masks.recurrent?[k] { drop(mask, n * P, P) }
    addProduct(count: P, weights: at.recurrentWeights, columns: C, mask: problem.masks.recurrentWeights?[k])

    guard let gateWeights = at.gateWeights else { return }
    if let cut {
      if t == 0 && at.g0 == nil { return }
      if t > 0 { take(cut.gateOutputs[k], before * G, G) } else { take(cut.variables, at.g0! + n * G, G) }
    } else {
      take(gates[k], n * G, G)
    }
    addProduct(count: G, weights: gateWeights, columns: C)
  }

  /// x = `count` entries of `source`.
  private mutating func take(_ source: [Number], _ first: Int, _ count: Int) {
    for m in 0..<count { x[m] = source[first + m] }
  }

  /// x = x ∘ `count` entries of `mask`.
  private mutating func drop(_ mask: [Double], _ first: Int, _ count: Int) {
    for m in 0..<count { x[m] *= Number(mask[first + m]) }
  }

  /// a += x·M for the `count` entries of x and the matrix M [count, columns] at `weights`, or M ∘ mask.
  private mutating func addProduct(count: Int, weights: Int, columns: Int, mask: [Double]? = nil) {
    precondition(count <= x.count && weights + count * columns <= variables.count && columns <= a.count)
    if let mask {
      for m in 0..<count {
        for j in 0..<columns {
          a[j] += x[m] * variables[weights + m * columns + j] * Number(mask[m * columns + j])
        }
      }
      return
    }
    // Almost all time is spent here, so it uses buffers, whose indices a release build does not check.
    x.withUnsafeBufferPointer { x in
      variables.withUnsafeBufferPointer { M in
        a.withUnsafeMutableBufferPointer { a in
          for m in 0..<count {
            let factor = x[m]
            for j in 0..<columns { a[j] += factor * M[weights + m * columns + j] }
          }
        }
      }
    }
  }
}
