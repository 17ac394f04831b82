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
  private let openRecurrence: OpenRecurrence<S>
  /// nil without peepholes.
  private let peepholes: PeepholeWeights<S>?
  /// For rules that send the error of every step alone to the layer below; else nil.
  private let current: CurrentDeltas<S>?
  /// `[2·most, H]`: two rows of work for every sequence, or every step, of cells without fused kernels.
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
    openRecurrence = OpenRecurrence("open columns of R", inputs: layer.outputSize, layer, shape, plan: plan)
    peepholes = PeepholeWeights(layer, trains: trains, plan: plan)
    current = CurrentDeltas(memory, shape, window: window, plan: plan)
    let (H, isFused) = (Double(layer.hiddenSize), layer.cell.isVanilla && normalization == nil)
    scratch = plan.shared("scratch memory of cells") {
      trains && !isFused ? 2 * max($0.sequences, $0.steps) * H : 0
    }
    products.planSums(columns: C)
  }

  private var layer: LayerParameters { memory.layer }

  /// `[rows, H]`: c_t as the output gate read it, if that is not the stored c_t.
  var newCells: MatrixView<S>? { zoneout?.newCells }

  /// Runs the forward pass over the window.
  func forward(_ input: StageInput<S>, _ parameters: ParameterVector<S>) {
    let normalization = normalization(parameters)
    products.multiply(
      input, inputWeights, parameters, start: normalization == nil ? .bias(memory.bias(parameters)) : .zero,
      into: memory.gates)
    if let normalization, normalization.split != nil {
      let job = NormalizedInput(normalization: normalization, gates: memory.gates)
      products.run(job, tasks: job.tasks)
    }
    dropConnect?.draw(parameters)
    let job = PlainForward(
      packing: window.packing, recurrent: recurrentWeights.forward(parameters, copy: dropConnect?.remaining),
      recurrentMask: dropout?.makePass(), zoneout: zoneout?.makePass(),
      gateRecurrence: gateRecurrence?.makeForward(parameters),
      arithmetic: layer.cell.isVanilla && normalization == nil
        ? .fused(peepholes?.all(parameters) ?? Peepholes(), products.kernels)
        : .blocks(BlockCell(layer, parameters, normalization: normalization, products.kernels)),
      gates: memory.gates, cells: memory.cells.all, projection: projection?.makeForward(parameters),
      initialHidden: memory.hidden.all, hidden: memory.hidden.steps)
    products.run(job, tasks: job.tasks)
  }

  /// Runs the backward pass over the window, for the error e `[rows, H]`, or `[rows, P]`.
  func backward(_ error: MatrixView<S>, _ pass: BackwardPass<S>) {
    let weights = dropConnect?.remaining ?? recurrentWeights.matrix(in: pass.parameters.values)
    let job = PlainBackward(
      packing: window.packing,
      recurrent: openRecurrence.weights(weights).map { recurrentWeights.transposed(pass.parameters, copy: $0) },
      recurrentMask: dropout?.makePass(), zoneout: zoneout?.makePass(),
      gateRecurrence: gateRecurrence?.makeBackward(pass), arithmetic: arithmetic(pass),
      projection: projection?.makeBackward(
        pass.parameters, outputs: zoneout?.newOutputs ?? memory.hidden.steps),
      deltaClip: products.kernels.bound(pass.paths.deltaClip), gates: memory.gates, cells: memory.cells.all,
      error: error,
      hiddenCarry: memory.hidden.carriedError, cellCarry: memory.cells.carriedError, kernels: products.kernels)
    products.run(job, tasks: job.tasks)
  }

  /// The deltas that the backward pass has left.
  func deltas(_ parameters: ParameterVector<S>) -> GateDeltas<S> {
    normalization(parameters)?.deltas(memory.gates, products: products) ?? GateDeltas(memory.gates)
  }

  /// δ of what goes into the activations, `[rows, C]`, after a backward pass.
  var recordedDelta: MatrixView<S> { normalization?.delta(memory.gates) ?? memory.gates }

  /// Computes what the direction keeps beside h, c and gates, if these are given: gate activations as inputs of the
  /// next step, and h before its projection.
  func fillBehindRecord(_ parameters: ParameterVector<S>) {
    let (columns, gates, cells) = (layer.columns, memory.gates, memory.cells.steps)
    let (activations, unprojected) = (memory.gateActivations?.steps, projection?.unprojected)
    guard activations != nil || unprojected != nil else { return }
    let cell = BlockCell(layer, parameters, products.kernels)
    for row in 0..<window.rows {
      let a = gates[row]
      if let activations { cell.copyGates(a, to: activations[row]) }
      guard let h = unprojected?[row] else { continue }
      cell.activateCell(cells[row], row: row, into: h)
      for k in 0..<h.count { h[k] *= a[columns.output + k / columns.cellsPerBlock] }
    }
  }

  /// The deltas of the error of every step alone.
  func currentDeltas(_ error: MatrixView<S>, _ pass: BackwardPass<S>) -> MatrixView<S> {
    current!.deltas(error, arithmetic(pass), gateErrors: gateRecurrence?.lastErrors(), products)
  }

  /// The sums over all steps of the weights, the bias and the gains.
  ///
  /// - Parameter error: the error of the outputs, which makes way for y_{t-1}.
  func sumWeights(
    _ input: StageInput<S>, error: MatrixView<S>, _ deltas: GateDeltas<S>, into gradients: VectorView<S>,
    bias: VectorView<S>
  ) {
    projection?.sumWeights(error, products: products, into: gradients)
    products.sum(input, deltas.input, into: inputWeights.matrix(in: gradients))
    let dR = recurrentWeights.matrix(in: gradients)
    products.sum(
      .rows(previousOutputs(error)), deltas.recurrent, into: dR, bias: normalization == nil ? bias : nil)
    dropConnect?.maskGradient(dR)
    gateRecurrence?.sumWeights(deltas.recurrent, products: products, into: gradients)
    guard let normalization else { return }
    products.sumColumns(deltas.bias, into: bias)
    normalization.sumGains(deltas, products: products, into: gradients)
  }

  /// y_{t-1} of every row, without dropped units.
  private func previousOutputs(_ memoryForCopies: MatrixView<S>) -> MatrixView<S> {
    let previous = memory.hidden.previous { memoryForCopies }
    guard let dropout, dropout.isActive else { return previous }
    if previous.base != memoryForCopies.base { memoryForCopies.elements.copy(from: previous.elements) }
    dropout.mask(memoryForCopies, products: products)
    return memoryForCopies
  }

  private func normalization(_ parameters: ParameterVector<S>) -> Normalization<S>? {
    normalization.map {
      Normalization(layer, parameters, memory: $0, bias: memory.bias(parameters), rows: window.rows)
    }
  }

  /// The gate arithmetic of a backward pass.
  private func arithmetic(_ pass: BackwardPass<S>) -> PlainBackward<S>.Arithmetic {
    let normalization = normalization(pass.parameters)
    if layer.cell.isVanilla, normalization == nil {
      return .fused(peepholes?.open(pass.parameters, pass.paths.peepholes) ?? Peepholes())
    }
    return .blocks(
      BlockCell(layer, pass.parameters, normalization: normalization, products.kernels), .init(pass.paths.peepholes),
      scratch.matrix(rows: 2 * max(window.batchSize, window.packing.steps), columns: layer.hiddenSize))
  }
}
