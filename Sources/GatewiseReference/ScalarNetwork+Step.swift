extension ScalarNetwork {
  /// One step of one layer for one sequence: h, c and the gates' activations go from t-1 to t.
  mutating func step(layer l: Int, sequence n: Int, time t: Int) {
    let (N, H, G) = (problem.batchSize, shape.hiddenSizes[l], places[l].columns.gateCount)
    var remembered: [Number]?
    if let record, problem.rule.remembersRecordedInput {
      net(layer: l, sequence: n, time: t, input: record)
      activate(layer: l, sequence: n, time: t)
      remembered = now.c
    }
    net(layer: l, sequence: n, time: t, input: problem.rule.cutsInput ? record : nil)
    activate(layer: l, sequence: n, time: t)
    let row = t * N + n
    for k in 0..<H {
      (outputs[l][row * H + k], cells[l][row * H + k]) = (now.h[k], now.c[k])
      (h[l][n * H + k], c[l][n * H + k]) = (now.h[k], remembered?[k] ?? now.c[k])
    }
    for j in 0..<G { (gateOutputs[l][row * G + j], gates[l][n * G + j]) = (now.gates[j], now.gates[j]) }
  }

  /// a_t = x_t·W + h_{t-1}·R + gates_{t-1}·U + b, with x_t as it is or as it was recorded.
  private mutating func net(layer l: Int, sequence n: Int, time t: Int, input recorded: ScalarRecord<Number>?) {
    let (N, H, I, at) = (problem.batchSize, shape.hiddenSizes[l], shape.inputSize(ofLayer: l), places[l])
    let (C, G, before) = (at.columns.count, at.columns.gateCount, (t - 1) * N + n)
    for j in 0..<C { a[j] = at.biases[j].map { variables[$0] } ?? 0 }
    if l == 0 {
      addProduct(
        recorded?.variables ?? variables, row: at.input + (t * N + n) * I, count: I, weights: at.inputWeights,
        columns: C)
    } else {
      addProduct(
        (recorded?.outputs ?? outputs)[l - 1], row: (t * N + n) * I, count: I, weights: at.inputWeights, columns: C)
    }
    if let record, problem.rule.cutsRecurrence {
      let (source, row) = t > 0 ? (record.outputs[l], before * H) : (record.variables, at.h0 + n * at.stateStride)
      addProduct(source, row: row, count: H, weights: at.recurrentWeights, columns: C)
    } else {
      addProduct(h[l], row: n * H, count: H, weights: at.recurrentWeights, columns: C)
    }
    guard let gateWeights = at.gateWeights else { return }
    if let record, problem.rule.cutsRecurrence {
      if t > 0 {
        addProduct(record.gateOutputs[l], row: before * G, count: G, weights: gateWeights, columns: C)
      } else if let g0 = at.g0 {
        addProduct(record.variables, row: g0 + n * G, count: G, weights: gateWeights, columns: C)
      }
    } else {
      addProduct(gates[l], row: n * G, count: G, weights: gateWeights, columns: C)
    }
  }

  /// c_t, h_t and the gates' activations of one layer, from a_t and c_{t-1}, into `now`.
  private mutating func activate(layer l: Int, sequence n: Int, time t: Int) {
    let (N, H, at, cell) = (problem.batchSize, shape.hiddenSizes[l], places[l], shape.cell)
    let (S, B) = (at.columns.cellsPerBlock, at.columns.blocks)
    for block in 0..<B {
      let members = block * S..<(block + 1) * S
      var row = 0  // of the gates there are

      /// σ of the next gate's net, which sees the cells of its block as `seen` gives them.
      func gate(_ columns: Range<Int>, _ seen: (Int) -> Number) -> Number {
        var net = a[columns.lowerBound + block]
        if let peepholes = at.peepholes {
          for k in members { net += variables[peepholes + row * H + k] * seen(k) }
        }
        let value = Number.logistic(net)
        now.gates[row * B + block] = value
        row += 1
        return value
      }
      func cBefore(_ k: Int) -> Number {
        guard let record, problem.rule.cutsInputPeepholes else { return c[l][n * H + k] }
        return t > 0
          ? record.cells[l][((t - 1) * N + n) * H + k] : record.variables[at.c0 + n * at.stateStride + k]
      }
      func cNow(_ k: Int) -> Number {
        guard let record, problem.rule.cutsOutputPeephole else { return now.c[k] }
        return record.cells[l][(t * N + n) * H + k]
      }

      let (netI, netF) = (at.columns.input, at.columns.forget)
      let (i, f): (Number, Number)
      switch cell.gating {
      case .inputAndForget: (i, f) = (gate(netI!, cBefore), gate(netF!, cBefore))
      case .inputOnly: (i, f) = (gate(netI!, cBefore), 1)
      case .keepInput:
        i = gate(netI!, cBefore)
        f = 1 - i
      case .keepForget:
        f = gate(netF!, cBefore)
        i = 1 - f
      }
      for k in members {
        let g = Number.squash(a[at.columns.candidate.lowerBound + k], cell.inputSquash)
        now.c[k] = f * c[l][n * H + k] + i * g
      }
      let o = gate(at.columns.output, cNow)  // the output gate sees the new cell state
      for k in members { now.h[k] = o * .squash(now.c[k], cell.outputSquash) }
    }
  }

  /// a += x·M for the row x of `count` entries of `source` and the matrix M [count, columns] at `weights`.
  private mutating func addProduct(_ source: [Number], row: Int, count: Int, weights: Int, columns: Int) {
    precondition(row + count <= source.count && weights + count * columns <= variables.count && columns <= a.count)
    // All the time goes here: buffers, whose indices a release build does not check.
    source.withUnsafeBufferPointer { x in
      variables.withUnsafeBufferPointer { M in
        a.withUnsafeMutableBufferPointer { a in
          for m in 0..<count {
            let factor = x[row + m]
            for j in 0..<columns { a[j] += factor * M[weights + m * columns + j] }
          }
        }
      }
    }
  }
}
