/// What a stack of LSTM layers looks like: sizes and options, no numbers.
public struct LSTMConfiguration: Sendable, Equatable {
  /// I: inputs of the lowest layer at every step.
  public var inputSize: Int
  /// H of every layer, the lowest first; layers may differ. Their number is L.
  public var hiddenSizes: [Int]
  /// Whether every layer reads its sequences from the last step to the first, too, with weights of its own for that:
  /// D is 2 in place of 1, and the layer puts out both directions' outputs, the forward one's in front (Schuster &
  /// Paliwal 1997).
  public var isBidirectional: Bool
  /// What every layer makes of its hidden units before it puts them out; nil where they are the outputs.
  public var projection: Projection?
  /// What the memory blocks of all layers are made of.
  public var cell: MemoryCell
  /// Whether the gates see the cell state: i and f see c_{t-1}, o sees c_t (Gers, Schraudolph & Schmidhuber 2002).
  public var peepholes: Bool
  /// Which units have a bias.
  public var biases: Biases
  /// Where layers normalize; nil where they do not. On the plain path alone.
  public var normalization: LayerNormalization?
  /// M: a vector of so many numbers for every one of the I inputs, x·E `[I, M]`, is what the lowest layer reads: for
  /// tokens, the row of each; nil where it reads x.
  public var embeddingSize: Int?
  /// Whether what a layer but the lowest reads is added to what it puts out (He et al. 2016; Wu et al. 2016).
  public var isResidual: Bool
  /// What is left out at random in training.
  public var regularization: Regularization
  /// Whether h and c before the first step are parameters; otherwise they are given, or zero.
  public var learnsInitialState: Bool
  /// An affine map from the highest layer to the outputs; nil where the outputs are the highest layer's own.
  public var readout: Readout?

  /// A linear map y_t = h_t·Q from a layer's H hidden units to P outputs, which are what the layer above and the next
  /// step read in their place (Sak, Senior & Beaufays 2014); PyTorch's `proj_size`.
  public struct Projection: Sendable, Equatable, Codable {
    /// P: outputs of a layer's direction.
    public var size: Int
    /// The most that an output may be, either way; nil clips nothing. TensorFlow's `proj_clip`.
    public var clip: Double?

    /// A projection to `size` outputs.
    public init(size: Int, clip: Double? = nil) { (self.size, self.clip) = (size, clip) }
  }

  /// An affine map y = h·W + b from the highest layer's outputs to K outputs.
  public struct Readout: Sendable, Equatable {
    /// K: outputs.
    public var outputSize: Int
    /// Where the outputs are read.
    public var position: Position
    /// Whether the outputs see the model's input of their step, too: y = h·W + x·V + b.
    public var seesInput: Bool

    /// The steps at which the readout is computed.
    public enum Position: String, Sendable, Codable {
      /// At every step: outputs `[T, N, K]`.
      case everyStep
      /// After each sequence's own last step: outputs `[1, N, K]`.
      case lastStep
    }

    /// A readout of `outputSize` outputs.
    public init(outputSize: Int, position: Position = .everyStep, seesInput: Bool = false) {
      self.outputSize = outputSize
      self.position = position
      self.seesInput = seesInput
    }
  }

  /// A configuration; it is checked where a model is made from it.
  public init(
    inputSize: Int, hiddenSizes: [Int], isBidirectional: Bool = false, projection: Projection? = nil,
    cell: MemoryCell = .vanilla, peepholes: Bool = false, biases: Biases = .all,
    normalization: LayerNormalization? = nil, embeddingSize: Int? = nil, isResidual: Bool = false,
    regularization: Regularization = .none, learnsInitialState: Bool = false, readout: Readout? = nil
  ) {
    self.inputSize = inputSize
    self.hiddenSizes = hiddenSizes
    self.isBidirectional = isBidirectional
    self.projection = projection
    self.cell = cell
    self.peepholes = peepholes
    self.biases = biases
    self.normalization = normalization
    self.embeddingSize = embeddingSize
    self.isResidual = isResidual
    self.regularization = regularization
    self.learnsInitialState = learnsInitialState
    self.readout = readout
  }
}

extension LSTMConfiguration {
  /// L: the number of layers.
  public var layerCount: Int { hiddenSizes.count }

  /// D: the directions of a layer, 1 or 2.
  public var directionCount: Int { isBidirectional ? 2 : 1 }

  /// What a layer puts out at a step: D·H, or D·P where it is projected. 0 where there is no such layer.
  public func outputSize(ofLayer index: Int) -> Int {
    hiddenSizes.indices.contains(index) ? directionCount * (projection?.size ?? hiddenSizes[index]) : 0
  }

  /// What the highest layer puts out at a step.
  public var topOutputSize: Int { outputSize(ofLayer: layerCount - 1) }

  /// The outputs of the model at a step: K with a readout, else those of the highest layer.
  public var outputSize: Int { readout?.outputSize ?? topOutputSize }

  /// Whether there is one output row a sequence instead of one a step.
  public var readsLastStepOnly: Bool { readout?.position == .lastStep }

  /// Whether every layer has the same H, as PyTorch's do.
  public var hasEqualHiddenSizes: Bool { Set(hiddenSizes).count <= 1 }

  /// One entry for every direction of every layer, as a state has them: the lowest layer first, its forward direction
  /// before its reverse one.
  func forEachDirection<Value>(_ value: (_ hiddenSize: Int) -> Value) -> [Value] {
    hiddenSizes.flatMap { H in (0..<directionCount).map { _ in value(H) } }
  }

  /// The numbers h of a state has for a sequence, in every direction of every layer: H, or P where it is projected.
  public var hiddenStateSizes: [Int] { forEachDirection { projection?.size ?? $0 } }

  /// The same for c: H.
  public var cellStateSizes: [Int] { forEachDirection { $0 } }

  /// The same for what gates hand to the next step, G; empty where gates are no inputs.
  public var gateStateSizes: [Int] {
    cell.gateRecurrence ? forEachDirection { GateColumns(cell, hiddenSize: $0).gateCount } : []
  }

  /// What tells the names of tensors that belong to each entry of a state apart: `_l0`, or `_l0` and `_l0_reverse`.
  public var directionSuffixes: [String] {
    (0..<layerCount).flatMap { l in
      (0..<directionCount).map { LayerParameters.suffix(l, isReverse: $0 == 1) }
    }
  }

  /// What entry `index` of a state belongs to, for messages.
  func nameOfDirection(_ index: Int) -> String {
    guard isBidirectional else { return "layer \(index)" }
    return "layer \(index / 2), \(index.isMultiple(of: 2) ? "forward" : "reverse")"
  }

  /// Numbers of a sequence's state: h and c of every layer, and gate activations where they are inputs.
  public var stateSize: Int { (hiddenStateSizes + cellStateSizes + gateStateSizes).reduce(0, +) }

  /// Inputs of layer `index`: I, or M of an embedding, for the lowest, the outputs of the layer below for the others.
  public func inputSize(ofLayer index: Int) -> Int {
    index == 0 ? embeddingSize ?? inputSize : outputSize(ofLayer: index - 1)
  }

  /// Whether what a layer reads is added to what it puts out.
  func isResidual(layer index: Int) -> Bool { isResidual && index > 0 }

  /// The number of parameters, in floating point: the integers of an absurd size would overflow.
  package var parameterCount: Double {
    let directions = Double(directionCount)
    let embedded = Double(embeddingSize ?? 0)
    var (count, inputs) = (embedded * Double(inputSize), embeddingSize == nil ? Double(inputSize) : embedded)
    for hiddenSize in hiddenSizes {
      let hidden = Double(hiddenSize)
      let output = projection.map { Double($0.size) } ?? hidden
      let gates = Double(cell.gatesPerBlock) * hidden / Double(cell.cellsPerBlock)
      count += directions * (hidden + gates) * (inputs + output + (cell.gateRecurrence ? gates : 0) + 1)
      switch normalization {
      case nil: break
      case .gates: count += directions * (hidden + gates)
      case .productsAndCell: count += directions * (4 * hidden + 2 * gates)
      }
      if peepholes { count += directions * Double(cell.gatesPerBlock) * hidden }
      if projection != nil { count += directions * hidden * output }
      if learnsInitialState { count += directions * (hidden + output) }
      inputs = directions * output
    }
    guard let readout else { return count }
    let seen = inputs + (readout.seesInput ? Double(inputSize) : 0)
    return count + (seen + 1) * Double(readout.outputSize)
  }
}
