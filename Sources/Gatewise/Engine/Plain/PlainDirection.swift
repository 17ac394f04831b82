/// A direction of a layer on the plain path: one product over all steps and one a step, with the gate arithmetic behind
/// it; also, with the tile's products, for the cells that have no fused kernels.
final class PlainDirection<S: Scalar> {
  private let memory: DirectionMemory<S>
  private let window: Window<S>
  private let products: Products<S>
  let inputWeights: WeightMatrix<S>
  private let recurrentWeights: WeightMatrix<S>
  private let gateRecurrence: GateRecurrence<S>?
  private let projection: Projection<S>?
  private let normalization: NormalizationMemory<S>?
  private let zoneout: ZoneoutMemory<S>?
  private let dropout: RecurrentDropout<S>?
  private let dropConnect: DropConnect<S>?
  private let openPeepholes: OpenPeepholes<S>
  /// For rules that send the error of every step alone to the layer below; else nil.
  private let current: CurrentDeltas<S>?
  /// `[most, 2, H]`: two rows of work for every sequence, or every step, of cells without fused kernels.
  private let scratch: PlannedBuffer<S>

  init(
    _ memory: DirectionMemory<S>, _ shape: EngineShape<S>, window: Window<S>, products: Products<S>, plan: MemoryPlan
  ) {
    (self.memory, self.window, self.products) = (memory, window, products)
    let (layer, trains) = (memory.layer, shape.trains)
    let C = layer.columns.count
    inputWeights = products.matrix(at: layer.inputWeights, inputs: layer.inputSize, outputs: C, plan: plan)
    recurrentWeights = products.matrix(at: layer.recurrentWeights, inputs: layer.outputSize, outputs: C, plan: plan)
    gateRecurrence = GateRecurrence(memory, shape, window: window, products: products, plan: plan)
    projection = Projection(layer, shape, window: window, products: products, plan: plan)
    normalization = NormalizationMemory(layer, trains: trains, plan: plan)
    zoneout = ZoneoutMemory(layer, shape, window: window, plan: plan)
    dropout = RecurrentDropout(layer, shape, window: window, plan: plan)
    dropConnect = DropConnect(layer, shape, window: window, plan: plan)
    openPeepholes = OpenPeepholes(layer, trains: trains, plan: plan)
    current = CurrentDeltas(memory, shape, window: window, plan: plan)
    let (H, isFused) = (Double(layer.hiddenSize), layer.cell.isVanilla && normalization == nil)
    scratch = plan.shared("scratch memory of cells") {
      trains && !isFused ? 2 * max($0.sequences, $0.steps) * H : 0
    }
    products.planSums(columns: C)
  }

  private var layer: LayerParameters { memory.layer }

  /// `[rows, H]`: c_t as the output gate read it, if that is not the stored c_t.
  var newCells: UnsafePointer<S>? { zoneout?.newCells }

  /// Runs the forward pass over the window.
  func forward(_ input: StageInput<S>, _ parameters: ParameterVector<S>) {
    let (rows, normalization) = (window.packing.rows, normalization(parameters))
    products.multiply(
      input, inputWeights, parameters, rows: rows, start: normalization == nil ? .bias(memory.bias(parameters)) : .zero,
      into: memory.gates)
    if let normalization, normalization.split != nil {
      let job = NormalizedInput(rows: rows, normalization: normalization, gates: memory.gates)
      products.run(job, tasks: job.tasks)
    }
    dropConnect?.draw(parameters)
    let job = PlainForward(
      packing: window.packing, hiddenSize: layer.hiddenSize, columns: layer.columns.count,
      recurrent: recurrentWeights.forward(parameters, at: dropConnect?.remaining),
      recurrentMask: dropout?.makePass(), zoneout: zoneout?.makePass(),
      gateRecurrence: gateRecurrence?.makeForward(parameters),
      arithmetic: layer.cell.isVanilla && normalization == nil
        ? .fused(Peepholes(layer, parameters), products.kernels)
        : .blocks(BlockCell(layer, parameters, normalization: normalization, products.kernels)),
      gates: memory.gates, cells: memory.cells.all, projection: projection?.makeForward(parameters),
      initialHidden: memory.hidden.all, hidden: memory.hidden.steps)
    products.run(job, tasks: job.tasks)
  }

  /// Runs the backward pass over the window, for the error e `[rows, H]`, or `[rows, P]`.
  func backward(_ error: UnsafeMutablePointer<S>, _ pass: BackwardPass<S>) {
    let job = PlainBackward(
      packing: window.packing, hiddenSize: layer.hiddenSize, columns: layer.columns.count,
      recurrent: pass.paths.throughRecurrence
        ? recurrentWeights.transposed(pass.parameters, at: dropConnect?.remaining) : nil,
      recurrentMask: dropout?.makePass(), zoneout: zoneout?.makePass(),
      gateRecurrence: gateRecurrence?.makeBackward(pass), arithmetic: arithmetic(pass),
      projection: projection?.makeBackward(
        pass.parameters, outputs: zoneout?.newOutputs ?? UnsafePointer(memory.hidden.steps)),
      deltaClip: pass.paths.bound(), gates: memory.gates, cells: memory.cells.all, error: error,
      hiddenCarry: memory.hidden.carriedError, cellCarry: memory.cells.carriedError, kernels: products.kernels)
    products.run(job, tasks: job.tasks)
  }

  /// The deltas that the backward pass has left.
  func deltas(_ parameters: ParameterVector<S>) -> GateDeltas<S> {
    let gates = UnsafePointer(memory.gates)
    return normalization(parameters)?.deltas(gates, rows: window.packing.rows, products: products) ?? GateDeltas(gates)
  }

  /// δ of what goes into the activations, `[rows, C]`, after a backward pass.
  var recordedDelta: UnsafePointer<S> { normalization?.delta(memory.gates) ?? UnsafePointer(memory.gates) }

  /// Computes what the direction keeps beside h, c and gates, if these are given: gate activations as inputs of the
  /// next step, and h before its projection.
  func fillBehindRecord(_ parameters: ParameterVector<S>) {
    let (columns, N) = (layer.columns, window.batchSize)
    let (H, activations) = (layer.hiddenSize, memory.gateActivations)
    guard activations != nil || projection != nil else { return }
    let cell = BlockCell(layer, parameters, products.kernels)
    for row in 0..<window.packing.rows {
      let a = memory.gates + row * columns.count
      if let activations { cell.copyGates(a, to: activations.all + (N + row) * activations.width) }
      guard let projection else { continue }
      let h = projection.unprojected + row * H
      cell.activateCell(memory.cells.all + (N + row) * H, row: row, into: h)
      for k in 0..<H { h[k] *= a[columns.output + k / columns.cellsPerBlock] }
    }
  }

  /// The deltas of the error of every step alone.
  func currentDeltas(_ error: UnsafePointer<S>, _ pass: BackwardPass<S>) -> UnsafePointer<S> {
    current!.deltas(error, arithmetic(pass), gateErrors: gateRecurrence?.lastErrors(), products)
  }

  /// The sums over all steps of the weights, the bias and the gains.
  ///
  /// - Parameter error: the error of the outputs, which makes way for y_{t-1}.
  func sumWeights(
    _ input: StageInput<S>, error: UnsafeMutablePointer<S>, _ deltas: GateDeltas<S>,
    into gradients: UnsafeMutablePointer<S>, bias: UnsafeMutablePointer<S>
  ) {
    let (rows, C) = (window.packing.rows, layer.columns.count)
    projection?.sumWeights(error, products: products, into: gradients)
    products.sum(
      input, width: layer.inputSize, deltas.input, columns: C, rows: rows, into: gradients + layer.inputWeights)
    let dR = gradients + layer.recurrentWeights
    products.sum(
      .rows(previousOutputs(error)), width: layer.outputSize, deltas.recurrent, columns: C, rows: rows, into: dR,
      bias: normalization == nil ? bias : nil)
    dropConnect?.maskGradient(dR)
    gateRecurrence?.sumWeights(deltas.recurrent, products: products, into: gradients)
    guard let normalization else { return }
    products.sumColumns(deltas.bias, width: C, rows: rows, into: bias)
    normalization.sumGains(deltas, rows: rows, products: products, into: gradients)
  }

  /// y_{t-1} of every row, without dropped units.
  private func previousOutputs(_ memoryForCopies: UnsafeMutablePointer<S>) -> UnsafePointer<S> {
    let hidden = memory.hidden
    let previous = hidden.previous { memoryForCopies }
    guard let dropout, dropout.isActive else { return previous }
    if previous != UnsafePointer(memoryForCopies) {
      memoryForCopies.update(from: previous, count: window.packing.rows * hidden.width)
    }
    dropout.mask(memoryForCopies, products: products)
    return UnsafePointer(memoryForCopies)
  }

  private func normalization(_ parameters: ParameterVector<S>) -> Normalization<S>? {
    normalization.map { Normalization(layer, parameters, memory: $0, bias: memory.bias(parameters)) }
  }

  /// The gate arithmetic of a backward pass.
  private func arithmetic(_ pass: BackwardPass<S>) -> PlainBackward<S>.Arithmetic {
    let normalization = normalization(pass.parameters)
    if layer.cell.isVanilla, normalization == nil {
      return .fused(openPeepholes.weights(pass.parameters, pass.paths.peepholes))
    }
    return .blocks(
      BlockCell(layer, pass.parameters, normalization: normalization, products.kernels), .init(pass.paths.peepholes),
      scratch.base)
  }
}
