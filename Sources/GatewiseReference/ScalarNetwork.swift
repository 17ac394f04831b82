// The LSTM of the book's Equations, one number at a time. Goals, in this order: that a reader can hold it against the
// equations line by line; that it shares nothing with the engine; that it runs on Double and on Complex<Double>; speed.
//
// Letters: t step, n sequence, l layer, k cell (hidden unit) of a layer, N sequences, H hidden size, I input size of
// the layer, K outputs. [T, N, H] is row-major: the entry (t, n, k) lies at (t*N + n)*H + k.

/// A stack of LSTM layers with its variables and its state.
///
/// A value: a copy with changed variables can run again from a layer upward and keep what the layers below have put out.
struct ScalarNetwork<Number: ReferenceNumber>: Sendable {
  let problem: ReferenceProblem
  /// Parameters, input and given initial state, joined as `VariablePlaces` says.
  var variables: [Number]
  /// Each layer's h at every step, [T, N, H], 0 on padding.
  private(set) var outputs: [[Number]]
  /// Each layer's h and c of now, [N, H]; after a run, those of every sequence's own last step.
  private(set) var h: [[Number]]
  private(set) var c: [[Number]]
  /// The readout, [T, N, K] with 0 on padding, or [1, N, K]; empty without one.
  private var readout: [Number]
  /// a_t of one sequence and one layer, [4H].
  private var a: [Number]
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
  }

  /// A network that has not run yet.
  init(_ problem: ReferenceProblem, variables: [Number]) {
    let H = problem.shape.hiddenSizes
    func zeros(_ count: Int) -> [Number] { Array(repeating: 0, count: count) }
    self.problem = problem
    self.variables = variables
    outputs = H.map { zeros(problem.steps * problem.batchSize * $0) }
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
    for n in sequences {
      for l in lowest..<layerCount { start(layer: l, sequence: n) }
      for t in 0..<problem.lengths[n] {
        for l in lowest..<layerCount { step(layer: l, sequence: n, time: t) }
        if !shape.readsLastStepOnly { read(outputs[layerCount - 1], sequence: n, time: t) }
      }
      if shape.readsLastStepOnly { read(h[layerCount - 1], sequence: n, time: 0) }
    }
  }

  /// h_0 and c_0: the rows given for sequence n, or the learned row for every sequence.
  private mutating func start(layer l: Int, sequence n: Int) {
    let (H, at) = (shape.hiddenSizes[l], places[l])
    for k in 0..<H {
      h[l][n * H + k] = variables[at.h0 + n * at.stateStride + k]
      c[l][n * H + k] = variables[at.c0 + n * at.stateStride + k]
    }
  }

  /// One step of one layer for one sequence: h and c go from t-1 to t.
  private mutating func step(layer l: Int, sequence n: Int, time t: Int) {
    let (N, H, I, at) = (problem.batchSize, shape.hiddenSizes[l], shape.inputSize(ofLayer: l), places[l])

    // a_t = x_t·W + h_{t-1}·R + b
    for j in 0..<4 * H { a[j] = variables[at.bias + j] }
    if l == 0 {
      addProduct(variables, row: at.input + (t * N + n) * I, count: I, weights: at.inputWeights, columns: 4 * H)
    } else {
      addProduct(outputs[l - 1], row: (t * N + n) * I, count: I, weights: at.inputWeights, columns: 4 * H)
    }
    addProduct(h[l], row: n * H, count: H, weights: at.recurrentWeights, columns: 4 * H)

    for k in 0..<H {
      var (netI, netF, netG, netO) = (a[k], a[H + k], a[2 * H + k], a[3 * H + k])
      let cBefore = c[l][n * H + k]
      if let peepholes = at.peepholes {
        netI += variables[peepholes + k] * cBefore
        netF += variables[peepholes + H + k] * cBefore
      }
      let i = Number.logistic(netI)
      let f = Number.logistic(netF)
      let g = Number.hyperbolicTangent(netG)
      let cNow = f * cBefore + i * g
      if let peepholes = at.peepholes {
        netO += variables[peepholes + 2 * H + k] * cNow  // the output gate sees the new cell state
      }
      let o = Number.logistic(netO)
      let hNow = o * .hyperbolicTangent(cNow)

      c[l][n * H + k] = cNow
      h[l][n * H + k] = hNow
      outputs[l][(t * N + n) * H + k] = hNow
    }
  }

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

  /// E of `ReferenceProblem`, as far as the given sequences contribute to it; nil: all of them.
  func objective(sequences: Range<Int>? = nil) -> Number {
    let (N, width, y) = (problem.batchSize, shape.rowSize, self.y)
    var E: Number = 0
    for n in sequences ?? 0..<N {
      for t in 0..<(shape.readsLastStepOnly ? 1 : problem.lengths[n]) {
        for j in (t * N + n) * width..<(t * N + n + 1) * width { E += y[j] * Number(problem.dy[j]) }
      }
      for (l, H) in shape.hiddenSizes.enumerated() {
        for j in n * H..<(n + 1) * H {
          E += h[l][j] * Number(problem.dhT[l][j]) + c[l][j] * Number(problem.dcT[l][j])
        }
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
