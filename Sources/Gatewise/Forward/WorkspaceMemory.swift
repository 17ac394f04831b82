/// What a workspace takes, what it reserves later among it, reckoned before any of it is allocated.
///
/// Numbers are counted in floating point: the integers of an absurd size would overflow. Each part is named as the
/// workspace names its buffer.
struct WorkspaceMemory<S: Scalar> {
  let configuration: LSTMConfiguration
  /// T and N.
  let steps: Double
  let batchSize: Double
  let purpose: Workspace<S>.Purpose
  let givesInputError: Bool
  let sequences: WindowSequences
  let weights: WeightStorage
  /// What runs products; nil on the plain path.
  let packs: PackedKernels<S>?
  /// What runs the layers, where fused kernels do.
  let tile: PackedKernels<S>?
  let threads: Int

  /// T and N as they were given.
  private let size: (steps: Int, batchSize: Int)
  private let layers: [LayerParameters]

  init(
    _ configuration: LSTMConfiguration, steps: Int, batchSize: Int, purpose: Workspace<S>.Purpose,
    givesInputError: Bool, sequences: WindowSequences, weights: WeightStorage = .full, path: RecurrentPath,
    kernels: PackedKernels<S>, threads: Int
  ) {
    self.configuration = configuration
    size = (steps, batchSize)
    (self.steps, self.batchSize) = (Double(steps), Double(batchSize))
    (self.purpose, self.givesInputError, self.sequences) = (purpose, givesInputError, sequences)
    rows = Double(steps) * Double(batchSize)
    (self.weights, self.threads) = (weights, threads)
    packs = path == .tile ? kernels : nil
    tile = configuration.runsByTile(inTraining: purpose == .training) ? packs : nil
    layers = ParameterLayout(configuration).layers
  }

  /// T·N, or the rows of the fullest window.
  private var rows: Double
  private var trains: Bool { purpose == .training }
  private var keepsSteps: Bool { tile == nil || purpose.keepsSteps }

  /// All of it that is written to: buffers have room for T·N rows, but no more rows are used than there are.
  var bytes: Double {
    var used = self
    used.rows = sequences.rows.map { Double($0) } ?? rows
    return used.reservedBytes
  }

  /// All of it, for T·N rows.
  var reservedBytes: Double {
    let numbers =
      inputs + outputs + errors + carriedStates + betweenLayers + dropped + panels + factors + scratch
      + layers.reduce(0) { sum, layer in
        sum
          + LayerMemory<S>.count(
            layer, zonesOut: configuration.regularization.zonesOut, rows: rows, batchSize: batchSize,
            purpose: purpose, keepsSteps: keepsSteps)
      }
    return numbers * Double(MemoryLayout<S>.stride) + places
  }

  /// Threads that may be in a product of OpenBLAS at a time: none where the tile does all of them.
  var callersOfOpenBLAS: Int { packs == nil ? threads : 0 }

  /// Checks that it fits, beside other bytes that its user will have at the same time.
  ///
  /// - Throws: `GatewiseError.invalidArgument` that says how much it is and how much there is.
  func require(beside other: Double) throws(GatewiseError) {
    let bytes = bytes
    try MemoryLimit.require(
      bytes: bytes + other,
      addressSpace: reservedBytes - bytes + Double(callersOfOpenBLAS) * OpenBLAS.bufferAddresses,
      for: "The memory for \(size.steps) steps of \(size.batchSize) sequences with hidden sizes "
        + "\(configuration.hiddenSizes)")
  }

  /// Bytes of `tokens`, `turnedTokens`, `callerRows` and the packing.
  private var places: Double {
    rows * (configuration.isBidirectional ? 16 : 12) + (steps + batchSize) * 16
  }

  /// `input` and `embedded`
  private var inputs: Double {
    rows * Double((sequences.packsInput ? configuration.inputSize : 0) + (configuration.embeddingSize ?? 0))
  }

  private var outputRows: Double { configuration.readsLastStepOnly ? batchSize : rows }

  /// `readoutOutput` and `rowLosses`
  private var outputs: Double {
    (configuration.readout == nil ? 0 : outputRows * Double(configuration.outputSize))
      + (purpose == .inference ? 0 : outputRows)
  }

  /// `outputError`, `otherError`, `shortcutError` and, on the way back through directions, `directionErrors` and
  /// `turnedError`.
  private var errors: Double {
    let counts = Self.errorCounts(
      configuration, rows: rows, outputRows: outputRows, purpose: purpose, givesInputError: givesInputError)
    var sum = counts.output + counts.other
    guard trains else {
      // The rows of a reverse direction that are recorded.
      let widest = layers.map { Double($0.columns.count) }.max() ?? 0
      return sum + (purpose == .recording && configuration.isBidirectional ? rows * widest : 0)
    }
    if givesInputError, configuration.readout?.seesInput == true { sum += rows * Double(configuration.inputSize) }
    let joined = layers.filter { joins($0.index) }.map { Double($0.outputSize) }.max() ?? 0
    sum += Double(configuration.directionCount) * rows * joined
    guard configuration.isBidirectional else { return sum }
    let sends = layers.filter { $0.index > 0 || givesInputError || configuration.embeddingSize != nil }
    return sum + rows * (sends.map { Double($0.inputSize) }.max() ?? 0)
  }

  /// The numbers of the two buffers in which errors take turns on their way down.
  static func errorCounts(
    _ configuration: LSTMConfiguration, rows: Double, outputRows: Double, purpose: Workspace<S>.Purpose,
    givesInputError: Bool
  ) -> (output: Double, other: Double) {
    var errors = [outputRows * Double(configuration.outputSize)]
    if purpose == .training {
      let outputs = (0..<configuration.layerCount).reversed().map {
        rows * Double(configuration.outputSize(ofLayer: $0))
      }
      errors += outputs.dropFirst(configuration.readout == nil ? 1 : 0)
      if let embeddingSize = configuration.embeddingSize { errors.append(rows * Double(embeddingSize)) }
      if givesInputError { errors.append(rows * Double(configuration.inputSize)) }
    }
    func most(odd: Bool) -> Double {
      errors.enumerated().map { $0.offset.isMultiple(of: 2) == odd ? 0 : $0.element }.max() ?? 0
    }
    return (purpose == .inference ? 0 : most(odd: false), most(odd: true))
  }

  /// `carries`
  private var carriedStates: Double {
    guard trains else { return 0 }
    let sizes = [configuration.cellStateSizes, configuration.hiddenStateSizes, configuration.gateStateSizes]
    return Double(configuration.directionCount) * batchSize * sizes.reduce(0) { $0 + Double($1.max() ?? 0) }
  }

  /// Whether a layer's output is more than that of one direction.
  private func joins(_ layer: Int) -> Bool { configuration.isBidirectional || configuration.isResidual(layer: layer) }

  /// `joinedRows` and `turnedInput`
  private var betweenLayers: Double {
    let joined = (0..<configuration.layerCount).reduce(0) { sum, l in
      sum + (joins(l) ? rows * Double(configuration.outputSize(ofLayer: l)) : 0)
    }
    return joined + (configuration.isBidirectional ? rows * (layers.map { Double($0.inputSize) }.max() ?? 0) : 0)
  }

  /// `droppedRows`, `droppedWeights`, `maskedRows` and `zoneoutErrors`
  private var dropped: Double {
    guard trains else { return 0 }
    let rates = configuration.regularization
    var sum = 0.0
    for l in 0..<configuration.layerCount where rates.inputs > 0 || l > 0 && rates.betweenLayers > 0 {
      sum += rows * Double(configuration.inputSize(ofLayer: l))
    }
    if rates.recurrentWeights > 0 {
      sum += layers.reduce(0) { $0 + Double($1.outputSize) * Double($1.columns.count) }
    }
    let widest = layers.map { Double(max($0.hiddenSize, $0.outputSize)) }.max() ?? 0
    if rates.recurrent > 0 { sum += batchSize * widest }
    if rates.zonesOut { sum += 2 * batchSize * widest }
    return sum
  }

  /// Packed weights, and rows as codes.
  private var panels: Double {
    guard let tile else { return 0 }
    let gates = layers.map { Double(tile.count($0.inputSize, $0.hiddenSize, weights)) }
    guard trains else {
      guard weights == .int8 else { return gates.reduce(0, +) }
      let calls = batchSize + Double(64 * threads)
      return gates.reduce(0, +)
        + layers.reduce(0) { $0 + calls * Double(tile.int8ScratchCount(1, $1.inputSize, $1.hiddenSize)) }
    }
    // One matrix at a time for each direction.
    let largest = zip(layers, gates).map { layer, gates in
      let depth = 4 * layer.hiddenSize
      let transposed = [layer.hiddenSize, layer.inputSize].map { Double(tile.factorCount($0, depth)) }
      return max(gates, transposed.max() ?? 0)
    }.max()
    return Double(configuration.directionCount) * (largest ?? 0)
  }

  /// `factorPanels`: in training one matrix of each kind at a time, forward or transposed; elsewhere each of its own.
  private var factors: Double {
    guard let packs else { return 0 }
    var whole: [(depth: Int, columns: Int)] = []
    if let M = configuration.embeddingSize { whole.append((configuration.inputSize, M)) }
    if let readout = configuration.readout {
      let parts = configuration.readsLastStepOnly ? configuration.directionCount : 1
      for _ in 0..<parts { whole.append((configuration.topOutputSize / parts, readout.outputSize)) }
      if readout.seesInput { whole.append((configuration.inputSize, readout.outputSize)) }
    }
    var (gates, projections): ([(depth: Int, columns: Int)], [(depth: Int, columns: Int)]) = ([], [])
    for layer in layers where tile == nil {
      let C = layer.columns.count
      whole += [(layer.inputSize, C), (layer.outputSize, C)]
      if layer.gateWeights != nil { gates.append((layer.columns.gateCount, C)) }
      if layer.projection != nil { projections.append((layer.hiddenSize, layer.outputSize)) }
    }
    return [whole, gates, projections].reduce(0) { sum, matrices in
      let counts = matrices.map { matrix in
        let forward = Double(packs.factorCount(matrix.columns, matrix.depth))
        return trains ? max(forward, Double(packs.factorCount(matrix.depth, matrix.columns))) : forward
      }
      return sum + (trains ? counts.max() ?? 0 : counts.reduce(0, +))
    }
  }

  /// Elements of `weightScratch`, for the widest of all sums over so many rows.
  func weightScratchCount(_ packs: PackedKernels<S>, rows: Int) -> Int {
    var widths = layers.flatMap { [$0.columns.count, $0.outputSize] }
    if let readout = configuration.readout { widths.append(readout.outputSize) }
    if let embeddingSize = configuration.embeddingSize { widths.append(embeddingSize) }
    return widths.map {
      WeightGradientCut<S>(columns: $0, threads: threads).scratchCount(rows: rows, kernels: packs)
    }.max() ?? 0
  }

  /// `weightScratch`, `ahead`, `projectionErrors`, `blockScratch` and `gateRows`
  private var scratch: Double {
    let widest = configuration.hiddenSizes.max() ?? 0
    let columns = 4 * Double(widest)
    var sum = 0.0
    if let packs, trains { sum += Double(weightScratchCount(packs, rows: Int(min(max(rows, outputRows), 1e9)))) }
    if !keepsSteps {
      sum += Double(configuration.directionCount) * max(batchSize, Double(WorkSplit.rowsAhead)) * columns
    }
    guard trains else { return sum }
    if configuration.projection != nil { sum += batchSize * Double(widest) }
    let isFused = layers.allSatisfy { $0.cell.isVanilla && $0.normalization == nil }
    if !isFused { sum += 2 * max(batchSize, steps) * Double(widest) }
    // y_{t-1} of the gates is copied together where the rows of a step are not those of the step before.
    return sum + (sequences.areUneven ? rows * Double(configuration.gateStateSizes.max() ?? 0) : 0)
  }
}
