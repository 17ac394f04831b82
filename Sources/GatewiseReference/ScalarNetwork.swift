// The LSTM of the book's Equations, one number at a time. Goals, in this order: that a reader can hold it against the
// equations line by line; that it shares nothing with the engine; that it runs on Double and on Complex<Double>; speed.
//
// Letters: t step, n sequence, l layer, k cell (hidden unit) of a layer, N sequences, H hidden size, I input size of
// the layer, K outputs. [T, N, H] is row-major: the entry (t, n, k) lies at (t*N + n)*H + k.

/// A stack of LSTM layers with its variables and its state.
///
/// A value: a copy with changed variables can run again from a layer upward and keep what the layers below have put out.
/// Where the problem has a rule that cuts paths, such a copy sees there what the first run has recorded.
struct ScalarNetwork<Number: ReferenceNumber>: Sendable {
  let problem: ReferenceProblem
  /// Parameters, input and given initial state, joined as `VariablePlaces` says.
  var variables: [Number]
  /// Each layer's h at every step, [T, N, H], 0 on padding.
  private(set) var outputs: [[Number]]
  /// Each layer's c at every step, [T, N, H], 0 on padding.
  private(set) var cells: [[Number]]
  /// Each layer's h and c of now, [N, H]; after a run, those of every sequence's own last step.
  private(set) var h: [[Number]]
  private(set) var c: [[Number]]
  /// The readout, [T, N, K] with 0 on padding, or [1, N, K]; empty without one.
  private var readout: [Number]
  /// a_t of one sequence and one layer, [4H].
  private var a: [Number]
  /// The first run, once it is done.
  private var record: ScalarRecord<Number>?
  private let places: [LayerPlaces]
  private let head: (weight: Int, bias: Int)?

  private var shape: ReferenceShape { problem.shape }
  private var layerCount: Int { shape.hiddenSizes.count }

  /// What the network puts out: the readout, without one the top layer's h.
  var y: [Number] { shape.outputSize == nil ? outputs[layerCount - 1] : readout }

  /// A network that has run all its layers over all sequences.
  init(running problem: ReferenceProblem) {
    self.init(problem, variables: problem.variables.joined.map { Number($0) })
    run(from: 0, sequences: 0..<problem.batchSize)
    record = ScalarRecord(variables: variables, outputs: outputs, cells: cells)
  }

  /// A network that has not run yet.
  private init(_ problem: ReferenceProblem, variables: [Number]) {
    let H = problem.shape.hiddenSizes
    func zeros(_ count: Int) -> [Number] { Array(repeating: 0, count: count) }
    self.problem = problem
    self.variables = variables
    outputs = H.map { zeros(problem.steps * problem.batchSize * $0) }
    cells = outputs
    h = H.map { zeros(problem.batchSize * $0) }
    c = h
    readout = zeros(problem.shape.outputSize == nil ? 0 : problem.dy.count)
    a = zeros(4 * H.max()!)
    places = H.indices.map { LayerPlaces(problem, layer: $0) }
    head = problem.shape.tensor(named: "head.weight").map {
      (weight: $0.offset, bias: problem.shape.tensor(named: "head.bias")!.offset)
    }
  }

  /// Runs the layers from `lowest` to the top, and the readout, over `sequences`, each for its own number of steps.
  mutating func run(from lowest: Int, sequences: Range<Int>) {
    for n in sequences { run(from: lowest, sequence: n, steps: 0..<problem.lengths[n]) }
  }

  /// Runs some steps of one sequence; the first of them starts from the initial state or, behind step 0, from the state
  /// that is on record.
  private mutating func run(from lowest: Int, sequence n: Int, steps: Range<Int>) {
    for l in lowest..<layerCount { start(layer: l, sequence: n, time: steps.lowerBound) }
    for t in steps {
      for l in lowest..<layerCount { step(layer: l, sequence: n, time: t) }
      if !shape.readsLastStepOnly { read(outputs[layerCount - 1], sequence: n, time: t) }
    }
    if shape.readsLastStepOnly { read(h[layerCount - 1], sequence: n, time: 0) }
  }

  /// h_0 and c_0: the rows given for sequence n, or the learned row for every sequence; at a later step the record.
  private mutating func start(layer l: Int, sequence n: Int, time t: Int) {
    let (N, H, at) = (problem.batchSize, shape.hiddenSizes[l], places[l])
    for k in 0..<H {
      if t > 0, let record {
        h[l][n * H + k] = record.outputs[l][((t - 1) * N + n) * H + k]
        c[l][n * H + k] = record.cells[l][((t - 1) * N + n) * H + k]
      } else {
        h[l][n * H + k] = variables[at.h0 + n * at.stateStride + k]
        c[l][n * H + k] = variables[at.c0 + n * at.stateStride + k]
      }
    }
  }

  /// One step of one layer for one sequence: h and c go from t-1 to t.
  private mutating func step(layer l: Int, sequence n: Int, time t: Int) {
    let (N, H) = (problem.batchSize, shape.hiddenSizes[l])
    var remembered = c[l]
    if let record, problem.rule.remembersRecordedInput {
      net(layer: l, sequence: n, time: t, input: record)
      for k in 0..<H { remembered[n * H + k] = cell(layer: l, sequence: n, time: t, unit: k).c }
    }
    net(layer: l, sequence: n, time: t, input: problem.rule.cutsInput ? record : nil)
    for k in 0..<H {
      let now = cell(layer: l, sequence: n, time: t, unit: k)
      outputs[l][(t * N + n) * H + k] = now.h
      cells[l][(t * N + n) * H + k] = now.c
    }
    for k in 0..<H {
      let row = (t * N + n) * H + k
      h[l][n * H + k] = outputs[l][row]
      c[l][n * H + k] = record != nil && problem.rule.remembersRecordedInput ? remembered[n * H + k] : cells[l][row]
    }
  }

  /// a_t = x_t·W + h_{t-1}·R + b, with x_t as it is or as it was recorded.
  private mutating func net(layer l: Int, sequence n: Int, time t: Int, input recorded: ScalarRecord<Number>?) {
    let (N, H, I, at) = (problem.batchSize, shape.hiddenSizes[l], shape.inputSize(ofLayer: l), places[l])
    for j in 0..<4 * H { a[j] = variables[at.bias + j] }
    if l == 0 {
      addProduct(
        recorded?.variables ?? variables, row: at.input + (t * N + n) * I, count: I, weights: at.inputWeights,
        columns: 4 * H)
    } else {
      addProduct(
        (recorded?.outputs ?? outputs)[l - 1], row: (t * N + n) * I, count: I, weights: at.inputWeights,
        columns: 4 * H)
    }
    if let record, problem.rule.cutsRecurrence {
      let (source, row) = t > 0 ? (record.outputs[l], ((t - 1) * N + n) * H) : (record.variables, h0(l, n))
      addProduct(source, row: row, count: H, weights: at.recurrentWeights, columns: 4 * H)
    } else {
      addProduct(h[l], row: n * H, count: H, weights: at.recurrentWeights, columns: 4 * H)
    }
  }

  /// c_t and h_t of one unit, from a_t and c_{t-1}.
  private func cell(layer l: Int, sequence n: Int, time t: Int, unit k: Int) -> (c: Number, h: Number) {
    let (N, H, at) = (problem.batchSize, shape.hiddenSizes[l], places[l])
    var (netI, netF, netG, netO) = (a[k], a[H + k], a[2 * H + k], a[3 * H + k])
    let cBefore = c[l][n * H + k]
    if let peepholes = at.peepholes {
      var seen = cBefore
      if let record, problem.rule.cutsInputPeepholes {
        seen = t > 0 ? record.cells[l][((t - 1) * N + n) * H + k] : record.variables[c0(l, n) + k]
      }
      netI += variables[peepholes + k] * seen
      netF += variables[peepholes + H + k] * seen
    }
    let i = Number.logistic(netI)
    let f = Number.logistic(netF)
    let g = Number.hyperbolicTangent(netG)
    let cNow = f * cBefore + i * g
    if let peepholes = at.peepholes {
      var seen = cNow  // the output gate sees the new cell state
      if let record, problem.rule.cutsOutputPeephole { seen = record.cells[l][(t * N + n) * H + k] }
      netO += variables[peepholes + 2 * H + k] * seen
    }
    let o = Number.logistic(netO)
    return (cNow, o * .hyperbolicTangent(cNow))
  }

  /// Where h_0 of sequence n begins among the variables.
  private func h0(_ l: Int, _ n: Int) -> Int { places[l].h0 + n * places[l].stateStride }

  /// Where c_0 of sequence n begins among the variables.
  private func c0(_ l: Int, _ n: Int) -> Int { places[l].c0 + n * places[l].stateStride }

  /// y = h·head.weight + head.bias for one sequence, h being row (t, n) of `source`; nothing without a readout.
  private mutating func read(_ source: [Number], sequence n: Int, time t: Int) {
    guard let K = shape.outputSize, let head else { return }
    let (H, row) = (shape.hiddenSizes[layerCount - 1], t * problem.batchSize + n)
    for k in 0..<K {
      var y = variables[head.bias + k]
      for m in 0..<H { y += source[row * H + m] * variables[head.weight + m * K + k] }
      readout[row * K + k] = y
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

  /// E of `ReferenceProblem`, as far as the given sequences contribute to it, after the layers from `lowest` to the top
  /// have run again with the variables as they are now.
  mutating func objective(from lowest: Int = 0, sequences: Range<Int>) -> Number {
    var E: Number = 0
    for n in sequences {
      let length = problem.lengths[n]
      if case .truncated(let every, let depth) = problem.rule {
        // The end of a sequence is a point too, and there the final state counts.
        for end in stride(from: every, to: length, by: every) {
          run(from: lowest, sequence: n, steps: max(0, end - depth)..<end)
          E += outputTerms(sequence: n, steps: end - every..<end)
        }
        run(from: lowest, sequence: n, steps: max(0, length - depth)..<length)
        E += outputTerms(sequence: n, steps: max(0, length - 1) / every * every..<length)
      } else {
        run(from: lowest, sequence: n, steps: 0..<length)
        E += outputTerms(sequence: n, steps: 0..<length)
      }
      E += finalTerms(sequence: n)
    }
    return E
  }

  /// Σ y∘dy over some steps of a sequence. A readout on the last step counts with the last of them.
  private func outputTerms(sequence n: Int, steps: Range<Int>) -> Number {
    let (N, width, y) = (problem.batchSize, shape.rowSize, self.y)
    let isEnd = steps.upperBound == problem.lengths[n]
    var E: Number = 0
    for t in shape.readsLastStepOnly ? (isEnd ? 0..<1 : 0..<0) : steps {
      for j in (t * N + n) * width..<(t * N + n + 1) * width { E += y[j] * Number(problem.dy[j]) }
    }
    return E
  }

  /// Σ h∘dhT + Σ c∘dcT of a sequence. c is what the network would remember.
  private func finalTerms(sequence n: Int) -> Number {
    var E: Number = 0
    for (l, H) in shape.hiddenSizes.enumerated() {
      for j in n * H..<(n + 1) * H {
        E += h[l][j] * Number(problem.dhT[l][j]) + c[l][j] * Number(problem.dcT[l][j])
      }
    }
    return E
  }
}

/// Where the variables of one layer begin in the joined vector.
private struct LayerPlaces: Sendable {
  let input: Int
  let inputWeights: Int
  let recurrentWeights: Int
  let bias: Int
  let peepholes: Int?
  let h0: Int
  let c0: Int
  /// From one sequence's initial state to the next's: H, or 0 where all share the learned row.
  let stateStride: Int

  init(_ problem: ReferenceProblem, layer l: Int) {
    let (shape, places) = (problem.shape, problem.places)
    func offset(_ name: String) -> Int? { shape.tensor(named: name)?.offset }
    input = places.input.range.lowerBound
    inputWeights = offset("weight_ih_l\(l)")!
    recurrentWeights = offset("weight_hh_l\(l)")!
    bias = offset("bias_ih_l\(l)")!
    peepholes = offset("peephole_l\(l)")
    h0 = offset("h0_l\(l)") ?? places.h0[l].range.lowerBound
    c0 = offset("c0_l\(l)") ?? places.c0[l].range.lowerBound
    stateStride = shape.learnsInitialState ? 0 : shape.hiddenSizes[l]
  }
}
