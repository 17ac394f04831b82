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
  private var callerOutput: UnsafeMutablePointer<S>?
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
  var output: UnsafeMutablePointer<S> { joins ? callerOutput ?? joined.base : directions[0].memory.hidden.steps }

  /// Lets the output be written to the caller's tensor, or no longer.
  func setCallerOutput(_ output: UnsafeMutablePointer<S>?) {
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
    for (d, direction) in directions.enumerated() {
      let P = direction.layer.outputSize
      run(
        TurnedRows(
          packing: window.packing, turns: direction.layer.isReverse, width: P,
          source: (UnsafePointer(direction.memory.hidden.steps), P), target: (output + d * P, outputSize)))
    }
    if isResidual { products.kernels.add(window.packing.rows * outputSize, source.dense, output) }
  }

  /// Runs the backward pass: from the error of the output to that of the input, and the gradients.
  ///
  /// - Parameters:
  ///   - input: what the layer read.
  ///   - error: `[rows, D·H]`; overwritten.
  ///   - below: where the error of the input goes, `[rows, I]`; nil if it is not wanted.
  func backward(
    _ input: StageInput<S>, error: UnsafeMutablePointer<S>, below: UnsafeMutablePointer<S>?,
    _ pass: BackwardPass<S>, startedFromModelState: Bool
  ) {
    splitError(error)
    for (d, direction) in directions.enumerated() {
      direction.gatherError(addingTo: self.error(of: d, error), paths: pass.paths)
    }
    if let below, pass.paths.below == .current {
      // The rules that ask for it are for one direction.
      send(directions[0].currentDeltas(error, pass), of: directions[0], to: below, pass)
    }
    backwardRecurrence(error, pass)
    if let below, pass.paths.below == .nothing {
      below.update(repeating: 0, count: window.packing.rows * directions[0].layer.inputSize)
    }
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
  func addSourceError(_ error: UnsafePointer<S>, to below: UnsafeMutablePointer<S>) {
    if isResidual { products.kernels.add(window.packing.rows * outputSize, error, below) }
  }

  private func backwardRecurrence(_ error: UnsafeMutablePointer<S>, _ pass: BackwardPass<S>) {
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
  private func error(of d: Int, _ error: UnsafeMutablePointer<S>) -> UnsafeMutablePointer<S> {
    joins ? directionErrors.base + d * window.packing.rows * directions[d].layer.outputSize : error
  }

  private func splitError(_ error: UnsafeMutablePointer<S>) {
    guard joins else { return }
    for (d, direction) in directions.enumerated() {
      let P = direction.layer.outputSize
      run(
        TurnedRows(
          packing: window.packing, turns: direction.layer.isReverse, width: P,
          source: (UnsafePointer(error + d * P), outputSize), target: (self.error(of: d, error), P)))
    }
  }

  /// Sends δ·Wᵀ of a direction below; that of a reverse direction is turned and added.
  private func send(
    _ delta: UnsafePointer<S>, of direction: Direction<S>, to below: UnsafeMutablePointer<S>, _ pass: BackwardPass<S>
  ) {
    let (layer, rows) = (direction.layer, window.packing.rows)
    let error = layer.isReverse ? turnedError.base : below
    products.sendBelow(delta, direction.transposedInputWeights(pass.parameters), rows: rows, into: error)
    guard layer.isReverse else { return }
    run(
      TurnedRows(
        packing: window.packing, turns: true, width: layer.inputSize, source: (UnsafePointer(error), layer.inputSize),
        target: (below, layer.inputSize), adding: products.kernels))
  }

  /// What a direction reads, in the order in which it runs.
  private func input(of direction: Direction<S>, _ input: StageInput<S>) -> StageInput<S> {
    direction.layer.isReverse ? turned(input) : input
  }

  /// The input against time, until another layer asks for its own.
  private func turned(_ input: StageInput<S>) -> StageInput<S> {
    let (packing, width) = (window.packing, directions[0].layer.inputSize)
    switch input {
    case .tokens(let tokens):
      let turned = turnedTokens.base
      for t in 0..<packing.steps {
        for n in 0..<packing.active[t] { turned[packing.offset[t] + n] = tokens[packing.row(t, n, turned: true)] }
      }
      return .tokens(UnsafePointer(turned))
    case .rows(let rows):
      run(
        TurnedRows(
          packing: packing, turns: true, width: width, source: (rows, width), target: (turnedInput.base, width)))
      return .rows(UnsafePointer(turnedInput.base))
    case .none: return .none
    }
  }

  private func run(_ job: TurnedRows<S>) { products.run(job, tasks: job.tasks) }
}
