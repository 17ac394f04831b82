// The LSTM of the book's Equations, one number at a time. Goals, in this order: that a reader can hold it against the
// equations line by line; that it shares nothing with the engine; that it runs on Double and on Complex<Double>; speed.
//
// Letters: t step, n sequence, l layer, k cell (hidden unit) of a layer, N sequences, H hidden size, I input size of
// the layer, C columns of a_t, G activations of gates, K outputs. [T, N, H] is row-major: the entry (t, n, k) lies at
// (t*N + n)*H + k.

/// A stack of LSTM layers with its variables and its state.
///
/// A value: a copy with changed variables can run again from a layer upward and keep what the layers below have put out.
/// Where the problem has a rule that cuts paths, such a copy sees there what the first run has recorded.
struct ScalarNetwork<Number: ReferenceNumber>: Sendable {
  let problem: ReferenceProblem
  /// Parameters, input and given initial state, joined as `VariablePlaces` says.
  var variables: [Number]
  /// Each layer's h at every step, [T, N, H], 0 on padding.
  var outputs: [[Number]]
  /// Each layer's c at every step, [T, N, H], 0 on padding.
  var cells: [[Number]]
  /// Each layer's activations of gates at every step, [T, N, G], 0 on padding.
  var gateOutputs: [[Number]]
  /// Each layer's h and c of now, [N, H], and activations of gates, [N, G]; after a run, those of every sequence's own
  /// last step.
  var h: [[Number]]
  var c: [[Number]]
  var gates: [[Number]]
  /// The readout, [T, N, K] with 0 on padding, or [1, N, K]; empty without one.
  private var readout: [Number]
  /// a_t of one sequence and one layer, [C].
  var a: [Number]
  /// c_t, h_t, [H] each, and the activations of gates at t, [G], of one sequence and one layer.
  var now: (c: [Number], h: [Number], gates: [Number])
  /// The first run, once it is done.
  private(set) var record: ScalarRecord<Number>?
  let places: [LayerPlaces]
  private let head: HeadPlaces?

  var shape: ReferenceShape { problem.shape }
  private var layerCount: Int { shape.hiddenSizes.count }

  /// What the network puts out: the readout, without one the top layer's h.
  var y: [Number] { shape.outputSize == nil ? outputs[layerCount - 1] : readout }

  /// A network that has run all its layers over all sequences.
  init(running problem: ReferenceProblem) {
    self.init(problem, variables: problem.variables.joined.map { Number($0) })
    for n in 0..<problem.batchSize { run(from: 0, sequence: n, steps: 0..<problem.lengths[n]) }
    record = ScalarRecord(variables: variables, outputs: outputs, cells: cells, gateOutputs: gateOutputs)
  }

  /// A network that has not run yet.
  private init(_ problem: ReferenceProblem, variables: [Number]) {
    func zeros(_ count: Int) -> [Number] { Array(repeating: 0, count: count) }
    let (T, N, H) = (problem.steps, problem.batchSize, problem.shape.hiddenSizes)
    let places = H.indices.map { LayerPlaces(problem, layer: $0) }
    let G = places.map(\.columns.gateCount)
    self.problem = problem
    self.variables = variables
    self.places = places
    outputs = H.map { zeros(T * N * $0) }
    cells = outputs
    gateOutputs = G.map { zeros(T * N * $0) }
    h = H.map { zeros(N * $0) }
    c = h
    gates = G.map { zeros(N * $0) }
    readout = zeros(problem.shape.outputSize == nil ? 0 : problem.dy.count)
    a = zeros(places.map(\.columns.count).max()!)
    now = (zeros(H.max()!), zeros(H.max()!), zeros(G.max()!))
    head = HeadPlaces(problem.shape)
  }

  /// Runs the layers from `lowest` to the top, and the readout, over some steps of one sequence; the first of them
  /// starts from the initial state or, behind step 0, from the state that is on record.
  mutating func run(from lowest: Int, sequence n: Int, steps: Range<Int>) {
    for l in lowest..<layerCount { start(layer: l, sequence: n, time: steps.lowerBound) }
    for t in steps {
      for l in lowest..<layerCount { step(layer: l, sequence: n, time: t) }
      if !shape.readsLastStepOnly { read(outputs[layerCount - 1], sequence: n, time: t) }
    }
    if shape.readsLastStepOnly { read(h[layerCount - 1], sequence: n, time: 0) }
  }

  /// h_0 and c_0: the rows given for sequence n, or the learned row for every sequence; the gates' activations given,
  /// or zero. At a later step the record.
  private mutating func start(layer l: Int, sequence n: Int, time t: Int) {
    let (N, H, G, at) = (problem.batchSize, shape.hiddenSizes[l], places[l].columns.gateCount, places[l])
    let before = (t - 1) * N + n
    for k in 0..<H {
      h[l][n * H + k] = t > 0 ? record!.outputs[l][before * H + k] : variables[at.h0 + n * at.stateStride + k]
      c[l][n * H + k] = t > 0 ? record!.cells[l][before * H + k] : variables[at.c0 + n * at.stateStride + k]
    }
    for j in 0..<G {
      gates[l][n * G + j] =
        t > 0 ? record!.gateOutputs[l][before * G + j] : at.g0.map { variables[$0 + n * G + j] } ?? 0
    }
  }

  /// y = h·head.weight + x·head.input_weight + head.bias for one sequence, h being row (t, n) of `source`; nothing
  /// without a readout.
  private mutating func read(_ source: [Number], sequence n: Int, time t: Int) {
    guard let K = shape.outputSize, let head else { return }
    let (H, I, row) = (shape.hiddenSizes[layerCount - 1], shape.inputSize, t * problem.batchSize + n)
    for k in 0..<K {
      var y = head.bias.map { variables[$0 + k] } ?? 0
      for m in 0..<H { y += source[row * H + m] * variables[head.weight + m * K + k] }
      if let inputWeight = head.inputWeight {
        for m in 0..<I { y += variables[places[0].input + row * I + m] * variables[inputWeight + m * K + k] }
      }
      readout[row * K + k] = y
    }
  }
}
