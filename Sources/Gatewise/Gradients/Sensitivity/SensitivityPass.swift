/// The gradient over a window by derivatives that go forward in time (see `RTRL`), with their memory.
final class SensitivityPass<S: Scalar> {
  private let engine: Engine<S>
  private let layout: SensitivityShape
  /// The derivatives of all states by all parameters.
  private let derivatives: PlannedBuffer<S>
  /// Each thread's block of products, the Jacobians of all layers, and the sums.
  private let scratch: PlannedBuffer<S>
  private let scratchOfTask: Int
  private let jacobianCounts: [Int]
  /// The errors of the initial states of all sequences.
  private let initial: StateErrors<S>

  init(_ engine: Engine<S>, plan: MemoryPlan) {
    self.engine = engine
    let (shape, layers) = (SensitivityShape(engine.configuration), engine.layout.layers)
    layout = shape
    derivatives = plan.buffer("derivatives of all states") { _ in shape.count }
    scratchOfTask = SensitivityStep<S>.parametersPerBlock * layers.map { LayerJacobian<S>.rows($0) }.max()!
    jacobianCounts = layers.map { LayerJacobian<S>.count($0, kernels: engine.shape.kernels) }
    let count =
      Double(engine.shape.threads) * Double(scratchOfTask) + jacobianCounts.reduce(0) { $0 + Double($1) }
      + shape.sources.reduce(0) { $0 + Double($1.count) }
    scratch = plan.buffer("Jacobians of a step") { _ in count }
    initial = StateErrors("errors of initial states", engine, plan: plan)
  }

  private var window: Window<S> { engine.window }
  private var directions: [Direction<S>] { engine.directions }

  /// Computes the gradient over the window of the last forward pass. In and out as for `Engine.backward`; the gates are
  /// unchanged, unless the error of the input is wanted.
  func run(_ pass: BackwardPass<S>) {
    engine.backwardReadout(pass)
    guard let gradients = pass.gradients else { return }
    let (layers, tasks) = (engine.layout.layers, engine.products.threads)
    let matrices = derivatives.vector
    var rest = scratch.vector
    func take(_ count: Int) -> VectorView<S> {
      defer { rest = rest.from(count) }
      return rest[0..<count]
    }
    let products = take(tasks * scratchOfTask).matrix(rows: tasks, columns: scratchOfTask)
    let jacobians = zip(layers, jacobianCounts).map {
      LayerJacobian(
        $0, pass.parameters, kernels: engine.products.kernels, isPacked: engine.products.path == .tile, memory: take($1)
      )
    }
    let sums = layout.sources.map { take($0.count) }
    for (source, layer) in layers.enumerated() {
      gradients.vector(at: layer.inputWeights, count: layout.sources[source].parameters).fill(0)
    }
    initial.keep()
    for n in 0..<window.batchSize {
      start(matrices, sums)
      let steps = window.packing.lengths[n]
      for t in 0..<steps {
        step(t, sequence: n, jacobians: jacobians, matrices: matrices, products: products, sums: sums)
      }
      // Without a step, the given error of the last state is that of the initial state.
      guard steps > 0 else { continue }
      for (l, layer) in layers.enumerated() {
        let parameters = layout.sources[l].parameters
        engine.products.kernels.add(
          sums[l][0..<parameters], to: gradients.vector(at: layer.inputWeights, count: parameters))
        // The last of a sequence's sums are ∂E/∂ its initial states, in the order of a state's parts.
        initial.row(of: window.packing.order[n], layer: l).copy(from: sums[l].from(parameters))
      }
    }
    // Nothing goes forward to the input; BPTT's error of it costs a small part of all this.
    if pass.wantsInputError {
      engine.backwardLayers(
        BackwardPass(parameters: pass.parameters, gradients: nil, wantsInputError: true, paths: .all))
    }
    initial.restore()
    for direction in directions {
      direction.sumInitialState(into: gradients, startedFromModelState: engine.startedFromModelState)
    }
  }

  /// Before the first step a state depends on itself alone.
  private func start(_ matrices: VectorView<S>, _ sums: [VectorView<S>]) {
    matrices.fill(0)
    for (source, from) in layout.sources.enumerated() {
      sums[source].fill(0)
      let own = layout.derivatives(of: source, by: source, in: matrices)
      let H = layout.states[source].cells
      for k in 0..<H {
        own.outputs[from.parameters + k][k] = 1
        own.cells[from.parameters + H + k][k] = 1
      }
      for j in 0..<layout.states[source].gates { own.gates[from.parameters + 2 * H + j][j] = 1 }
    }
  }

  private func step(
    _ t: Int, sequence n: Int, jacobians: [LayerJacobian<S>], matrices: VectorView<S>, products: MatrixView<S>,
    sums: [VectorView<S>]
  ) {
    let packing = window.packing
    let row = packing.offset[t] + n
    let (before, after) = (packing.stateRow(before: t) + n, packing.stateRow(before: t + 1) + n)
    for (l, direction) in directions.enumerated() {
      let (gates, cells) = (direction.memory.gates, direction.memory.cells.all)
      jacobians[l].update(gates: gates[row], cPrevious: cells[before], c: cells[after], needsInput: l > 0)
    }
    let errors = errors(ofStep: t, sequence: n, row: row)
    for (source, direction) in directions.enumerated() {
      let (memory, cells) = (direction.memory, direction.memory.cells.all)
      var (x, token): (VectorView<S>?, Int) = (nil, 0)
      switch engine.input(ofLayer: source) {
      case .rows(let rows): x = rows[row]
      case .tokens(let tokens): token = Int(tokens[row])
      case .none: preconditionFailure("the input is not loaded")
      }
      let job = SensitivityStep(
        shape: layout, source: source, jacobians: jacobians, memory: matrices, scratch: products,
        packed: engine.products.path == .tile ? engine.products.kernels : nil,
        input: .init(
          x: x, token: token, yPrevious: memory.hidden.all[before], cPrevious: cells[before], c: cells[after],
          gatesPrevious: memory.gateActivations?.all[before] ?? .empty),
        errors: errors, gradient: sums[source])
      engine.products.run(job, tasks: job.tasks)
    }
  }

  /// The errors of the states after a step. Those of the last state belong to the last step, beside that of the
  /// outputs.
  private func errors(ofStep t: Int, sequence n: Int, row: Int) -> [SensitivityStep<S>.StateErrorsOfStep] {
    let (isLast, sequence) = (t == window.packing.lengths[n] - 1, window.packing.order[n])
    return directions.enumerated().map { l, direction in
      var errors = SensitivityStep<S>.StateErrorsOfStep()
      let memory = direction.memory
      if l == directions.count - 1 { errors.outputs.append(engine.topError[row]) }
      guard isLast else { return errors }
      errors.outputs.append(memory.hidden.error[sequence])
      errors.cells = memory.cells.error[sequence]
      errors.gates = memory.gateActivations?.error[sequence]
      return errors
    }
  }
}
