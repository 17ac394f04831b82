/// A layer: its directions, whose outputs lie side by side, with the input added if the layer is residual.
///
/// A reverse direction runs as a forward one on rows that are turned, sequence by sequence, and its output is turned
/// back.
final class Layer<S: Scalar> {
  let directions: [Direction<S>]
  private let index: Int
  private let outputSize: Int
  private let isResidual: Bool
  private let window: Window<S>
  private let products: Products<S>
  /// `[rows, D·H]`: the output, if it is more than that of one direction.
  private let joined: PlannedBuffer<S>
  /// Where the output is instead: the caller's tensor, during one call.
  private var callerOutput: MatrixView<S>?
  /// `[D, rows, H]`: the error of each direction, if there is more than one or the layer is residual.
  private let directionErrors: PlannedBuffer<S>
  /// The turned input of a reverse direction, and the error that it sends below.
  private let turnedInput: PlannedBuffer<S>
  private let turnedTokens: PlannedBuffer<Int32>
  private let turnedError: PlannedBuffer<S>

  init(
    _ l: Int, _ shape: EngineShape<S>, layout: ParameterLayout, window: Window<S>, products: Products<S>,
    plan: MemoryPlan
  ) {
    let configuration = shape.configuration
    let (D, trains) = (configuration.directionCount, shape.trains)
    (index, self.window, self.products) = (l, window, products)
    outputSize = configuration.outputSize(ofLayer: l)
    isResidual = configuration.isResidual(layer: l)
    directions = layout.layers[l * D..<(l + 1) * D].map {
      Direction($0, shape, window: window, products: products, plan: plan)
    }
    let (joins, output, input) = (D > 1 || isResidual, Double(outputSize), Double(configuration.inputSize(ofLayer: l)))
    joined = plan.buffer("joined output_l\(l)") { joins ? $0.rows * output : 0 }
    directionErrors = plan.shared("errors of directions") { joins && trains ? $0.rows * output : 0 }
    turnedInput = plan.shared("turned input") { D > 1 ? $0.rows * input : 0 }
    turnedTokens = plan.shared("turned tokens") { D > 1 ? $0.rows : 0 }
    let sends = trains && D > 1 && (l > 0 || shape.givesInputError || configuration.embeddingSize != nil)
    turnedError = plan.shared("turned error") { sends ? $0.rows * input : 0 }
  }

  /// Whether the output is more than that of one direction.
  private var joins: Bool { directions.count > 1 || isResidual }

  /// `[rows, D·H]`, or `[rows, D·P]`.
  var output: MatrixView<S> {
    joins
      ? callerOutput ?? joined.matrix(rows: window.rows, columns: outputSize)
      : directions[0].memory.hidden.steps
  }

  /// Lets the output be written to the caller's tensor, or no longer.
  func setCallerOutput(_ output: MatrixView<S>?) {
    callerOutput = output
    if !joins { directions[0].memory.hidden.callerOutput = output }
  }

  /// Runs the forward pass.
  ///
  /// - Parameters:
  ///   - input: what the layer reads.
  ///   - source: the same without dropout, which a residual layer adds to its output.
  ///   - reverses: whether the first step reads packed weights from the last to the first.
  ///   - wakes: whether sleeping threads are woken to help.
  func forward(
    _ input: StageInput<S>, source: StageInput<S>, _ parameters: ParameterVector<S>, reverses: Bool, wakes: Bool
  ) {
    for direction in directions { direction.memory.forEachStatePart { $0.gather() } }
    switch directions[0].path {
    case .tile(let first):
      let forward = first.forward(input, parameters, reverses: reverses)
      if directions.count == 1 {
        forward.run(on: products.team, wakes: wakes)
      } else if case .tile(let second) = directions[1].path {
        let reverse = second.forward(turned(input), parameters, reverses: reverses)
        TileForward.run(forward, beside: reverse, on: products.team, wakes: wakes)
      }
    case .plain:
      for direction in directions {
        if case .plain(let plain) = direction.path { plain.forward(self.input(of: direction, input), parameters) }
      }
    }
    for direction in directions { direction.memory.forEachStatePart { $0.scatter() } }
    join(source)
  }

  /// Puts the outputs of the directions side by side in the order of time, and adds the input of a residual layer.
  func join(_ source: StageInput<S>) {
    guard joins else { return }
    let output = output
    for (d, direction) in directions.enumerated() {
      run(
        TurnedRows(
          packing: window.packing, turns: direction.layer.isReverse, source: direction.memory.hidden.steps,
          target: output.columns(columns(of: d))))
    }
    if isResidual { products.kernels.add(source.dense.elements, to: output.elements) }
  }

  /// Runs the backward pass: from the error of the output to that of the input, and the gradients.
  ///
  /// - Parameters:
  ///   - input: what the layer read.
  ///   - error: `[rows, D·H]`; overwritten.
  ///   - below: where the error of the input goes, `[rows, I]`; nil if it is not wanted.
  func backward(
    _ input: StageInput<S>, error: MatrixView<S>, below: MatrixView<S>?, _ pass: BackwardPass<S>,
    startedFromModelState: Bool
  ) {
    splitError(error)
    for (d, direction) in directions.enumerated() {
      direction.gatherError(addingTo: self.error(of: d, error), paths: pass.paths)
    }
    if let below, pass.paths.below == .current {
      // R1. The rules that ask for it are for one direction.
      send(directions[0].currentDeltas(error, pass), of: directions[0], to: below, pass)
    }
    backwardRecurrence(error, pass)
    if let below, pass.paths.below == .nothing { below.fill(0) }
    for (d, direction) in directions.enumerated() {
      direction.memory.forEachStatePart { $0.scatterError() }
      let deltas = direction.deltas(pass.parameters)
      if let below, pass.paths.below == .whole { send(deltas.input, of: direction, to: below, pass) }
      if let gradients = pass.gradients {
        direction.addGradients(
          self.input(of: direction, input), error: self.error(of: d, error), deltas, into: gradients,
          startedFromModelState: startedFromModelState)
      }
    }
  }

  /// Adds the error of a residual layer's output to that of its source.
  func addSourceError(_ error: MatrixView<S>, to below: MatrixView<S>) {
    if isResidual { products.kernels.add(error.elements, to: below.elements) }
  }

  private func backwardRecurrence(_ error: MatrixView<S>, _ pass: BackwardPass<S>) {
    switch directions[0].path {
    case .tile(let first):
      let forward = first.backward(self.error(of: 0, error), pass)
      if directions.count == 1 {
        forward.run(on: products.team)
      } else if case .tile(let second) = directions[1].path {
        TileBackward.run(forward, beside: second.backward(self.error(of: 1, error), pass), on: products.team)
      }
    case .plain:
      for (d, direction) in directions.enumerated() {
        if case .plain(let plain) = direction.path { plain.backward(self.error(of: d, error), pass) }
      }
    }
  }

  /// The error of a direction, `[rows, H]`, or `[rows, P]`, in the order in which it ran.
  private func error(of d: Int, _ error: MatrixView<S>) -> MatrixView<S> {
    let (rows, P) = (window.rows, directions[d].layer.outputSize)
    return joins ? directionErrors.matrix(at: d * rows * P, rows: rows, columns: P) : error
  }

  /// The columns of a direction in the layer's output.
  private func columns(of d: Int) -> Range<Int> {
    let P = directions[d].layer.outputSize
    return d * P..<(d + 1) * P
  }

  private func splitError(_ error: MatrixView<S>) {
    guard joins else { return }
    for (d, direction) in directions.enumerated() {
      run(
        TurnedRows(
          packing: window.packing, turns: direction.layer.isReverse, source: error.columns(columns(of: d)),
          target: self.error(of: d, error)))
    }
  }

  /// Sends δ·Wᵀ of a direction below; that of a reverse direction is turned and added.
  private func send(
    _ delta: MatrixView<S>, of direction: Direction<S>, to below: MatrixView<S>, _ pass: BackwardPass<S>
  ) {
    let isReverse = direction.layer.isReverse
    let error = isReverse ? turnedError.matrix(rows: below.rows, columns: below.columns) : below
    products.sendBelow(delta, direction.transposedInputWeights(pass.parameters), into: error)
    guard isReverse else { return }
    run(TurnedRows(packing: window.packing, turns: true, source: error, target: below, adding: products.kernels))
  }

  /// What a direction reads, in the order in which it runs.
  private func input(of direction: Direction<S>, _ input: StageInput<S>) -> StageInput<S> {
    direction.layer.isReverse ? turned(input) : input
  }

  /// The input against time, until another layer asks for its own.
  private func turned(_ input: StageInput<S>) -> StageInput<S> {
    let packing = window.packing
    switch input {
    case .tokens(let tokens):
      let turned = turnedTokens.vector
      for t in 0..<packing.steps {
        for n in 0..<packing.active[t] { turned[packing.offset[t] + n] = tokens[packing.row(t, n, turned: true)] }
      }
      return .tokens(turned)
    case .rows(let rows):
      let turned = turnedInput.matrix(rows: rows.rows, columns: rows.columns)
      run(TurnedRows(packing: packing, turns: true, source: rows, target: turned))
      return .rows(turned)
    case .none: return .none
    }
  }

  private func run(_ job: TurnedRows<S>) { products.run(job, tasks: job.tasks) }
}
