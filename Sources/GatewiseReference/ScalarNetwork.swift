// The LSTM of the book's Equations, one number at a time. Goals, in this order: a reader can compare it with the
// equations line by line; it shares no code with the engine; it runs on Double and on Complex<Double>; speed.
//
// Letters: t step, n sequence, l level, k layer (a direction of a level), j cell (hidden unit) of a layer, N sequences,
// H hidden size, P size of y, D directions, I input size of the level, M embedding size, C columns of a_t, G
// activations of gates, K outputs. [T, N, H] is row-major: the entry (t, n, j) has the index (t*N + n)*H + j.

/// A stack of LSTM layers with its variables and its state.
///
/// A value: a copy with changed variables can run again from a level upward and keep the outputs of the levels below.
/// If the problem has a rule that cuts paths, the copy reads the values recorded by the first run there.
struct ScalarNetwork<Number: ReferenceNumber>: Sendable {
  let problem: ReferenceProblem
  /// Parameters, input and given initial state, joined as in `VariablePlaces`.
  var variables: [Number]
  /// x·E at every step, [T, N, M], 0 on padding; empty without an embedding.
  var embedded: [Number]
  /// The output of each level at every step, [T, N, D·P], 0 on padding.
  var outputs: [[Number]]
  /// Each layer's y at every step, [T, N, P], 0 on padding.
  var states: [[Number]]
  /// Each layer's c at every step, [T, N, H], 0 on padding.
  var cells: [[Number]]
  /// Each layer's gate activations at every step, [T, N, G], 0 on padding.
  var gateOutputs: [[Number]]
  /// Each layer's current y, [N, P], c, [N, H], and gate activations, [N, G]; after a run, those of every sequence's
  /// own last step.
  var h: [[Number]]
  var c: [[Number]]
  var gates: [[Number]]
  /// The readout, [T, N, K] with 0 on padding, or [1, N, K]; empty without one.
  private var readout: [Number]
  /// A row that is the input of a product.
  var x: [Number]
  /// a_t of one sequence and one layer, [C].
  var a: [Number]
  /// c_t and h_t, [H] each, y_t, [P], and the gate activations at t, [G], of one sequence and one layer.
  var now: (c: [Number], h: [Number], y: [Number], gates: [Number])
  /// The first run, after it has finished.
  private(set) var record: ScalarRecord<Number>?
  let places: [LayerPlaces]
  private let head: HeadPlaces?

  var shape: ReferenceShape { problem.shape }
  private var levelCount: Int { shape.hiddenSizes.count }

  /// The output of the network: the readout, or without one the output of the highest level.
  var y: [Number] { shape.outputSize == nil ? outputs[levelCount - 1] : readout }

  /// Creates a network that has run all its levels over all sequences.
  init(running problem: ReferenceProblem) {
    let (rule, shape) = (problem.rule, problem.shape)
    precondition(rule == .full || !shape.bidirectional, "\(rule) requires levels of one direction")
    precondition(!rule.cutsRecurrence || !problem.masks.zonesOut, "\(rule) requires a problem without zoneout")
    self.init(problem, variables: problem.variables.joined.map { Number($0) })
    for n in 0..<problem.batchSize { run(from: 0, sequence: n, steps: 0..<problem.lengths[n]) }
    record = ScalarRecord(
      variables: variables, embedded: embedded, outputs: outputs, states: states, cells: cells,
      gateOutputs: gateOutputs)
  }

  /// Creates a network that has not run yet.
  private init(_ problem: ReferenceProblem, variables: [Number]) {
    func zeros(_ count: Int) -> [Number] { Array(repeating: 0, count: count) }
    let (T, N, shape) = (problem.steps, problem.batchSize, problem.shape)
    let levels = shape.hiddenSizes.indices
    let (P, H) = (shape.stateSizes, shape.cellStateSizes)
    let places = P.indices.map { LayerPlaces(problem, layer: $0) }
    let G = places.map(\.columns.gateCount)
    self.problem = problem
    self.variables = variables
    self.places = places
    embedded = zeros(T * N * (shape.embeddingSize ?? 0))
    outputs = levels.map { zeros(T * N * shape.outputSize(ofLevel: $0)) }
    states = P.map { zeros(T * N * $0) }
    cells = H.map { zeros(T * N * $0) }
    gateOutputs = G.map { zeros(T * N * $0) }
    h = P.map { zeros(N * $0) }
    c = H.map { zeros(N * $0) }
    gates = G.map { zeros(N * $0) }
    readout = zeros(shape.outputSize == nil ? 0 : problem.dy.count)
    x = zeros((levels.map { shape.inputSize(ofLevel: $0) } + P + G).max()!)
    a = zeros(places.map(\.columns.count).max()!)
    now = (zeros(H.max()!), zeros(H.max()!), zeros(P.max()!), zeros(G.max()!))
    head = HeadPlaces(shape)
  }

  /// Runs the levels from `lowest` to the highest, and the readout, over some steps of one sequence. The first step
  /// starts from the initial state or, after step 0, from the recorded state. A reverse direction runs over the same
  /// steps from the last to the first.
  mutating func run(from lowest: Int, sequence n: Int, steps: Range<Int>) {
    if lowest == 0, shape.embeddingSize != nil { for t in steps { embed(sequence: n, time: t) } }
    for (k, at) in places.enumerated() where at.level >= lowest {
      start(layer: k, sequence: n, time: at.isReverse ? 0 : steps.lowerBound)
      if at.isReverse {
        for t in steps.reversed() { step(layer: k, sequence: n, time: t) }
      } else {
        for t in steps { step(layer: k, sequence: n, time: t) }
      }
    }
    if shape.readsLastStepOnly {
      let ends = places.indices.filter { places[$0].level == levelCount - 1 }
      read(ends.flatMap { h[$0][n * places[$0].stateSize..<(n + 1) * places[$0].stateSize] }, sequence: n, time: 0)
    } else if shape.outputSize != nil {
      let width = shape.outputSize(ofLevel: levelCount - 1)
      for t in steps {
        let row = (t * problem.batchSize + n) * width
        read(Array(outputs[levelCount - 1][row..<row + width]), sequence: n, time: t)
      }
    }
  }

  /// y_0 and c_0: the rows given for sequence n, or the learned row; the given gate activations, or zero. At a later
  /// step, the recorded values.
  private mutating func start(layer k: Int, sequence n: Int, time t: Int) {
    let at = places[k]
    let (H, P, G, before) = (at.hiddenSize, at.stateSize, at.columns.gateCount, (t - 1) * problem.batchSize + n)
    for j in 0..<P {
      h[k][n * P + j] = t > 0 ? record!.states[k][before * P + j] : variables[at.initialState(of: n) + j]
    }
    for j in 0..<H {
      c[k][n * H + j] = t > 0 ? record!.cells[k][before * H + j] : variables[at.initialCell(of: n) + j]
    }
    for j in 0..<G {
      gates[k][n * G + j] =
        t > 0 ? record!.gateOutputs[k][before * G + j] : at.g0.map { variables[$0 + n * G + j] } ?? 0
    }
  }

  /// x_t·E
  private mutating func embed(sequence n: Int, time t: Int) {
    let (V, M, row) = (shape.inputSize, shape.embeddingSize!, t * problem.batchSize + n)
    let (input, weight) = (problem.places.input.range.lowerBound, shape.tensor(named: "embedding.weight")!.offset)
    for m in 0..<M {
      embedded[row * M + m] = 0
      for v in 0..<V { embedded[row * M + m] += variables[input + row * V + v] * variables[weight + v * M + m] }
    }
  }

  /// y = h·head.weight + x·head.input_weight + head.bias for one sequence and a row h of the highest level; empty
  /// without a readout.
  private mutating func read(_ h: [Number], sequence n: Int, time t: Int) {
    guard let K = shape.outputSize, let head else { return }
    let (I, row, input) = (shape.inputSize, t * problem.batchSize + n, problem.places.input.range.lowerBound)
    for k in 0..<K {
      var y = head.bias.map { variables[$0 + k] } ?? 0
      for m in 0..<h.count { y += h[m] * variables[head.weight + m * K + k] }
      if let inputWeight = head.inputWeight {
        for m in 0..<I { y += variables[input + row * I + m] * variables[inputWeight + m * K + k] }
      }
      readout[row * K + k] = y
    }
  }
}
