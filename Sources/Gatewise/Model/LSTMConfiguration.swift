/// What a stack of LSTM layers looks like: sizes and options, no numbers.
public struct LSTMConfiguration: Sendable, Equatable {
  /// I: inputs of the lowest layer at every step.
  public var inputSize: Int
  /// H of every layer, the lowest first; layers may differ. Their number is L.
  public var hiddenSizes: [Int]
  /// What the memory blocks of all layers are made of.
  public var cell: MemoryCell
  /// Whether the gates see the cell state: i and f see c_{t-1}, o sees c_t (Gers, Schraudolph & Schmidhuber 2002).
  public var peepholes: Bool
  /// Which units have a bias.
  public var biases: Biases
  /// Whether h and c before the first step are parameters; otherwise they are given, or zero.
  public var learnsInitialState: Bool
  /// An affine map from the highest layer to the outputs; nil where the outputs are the highest layer's own.
  public var readout: Readout?

  /// An affine map y = h·W + b from the highest layer's hidden units to K outputs.
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
    inputSize: Int, hiddenSizes: [Int], cell: MemoryCell = .vanilla, peepholes: Bool = false, biases: Biases = .all,
    learnsInitialState: Bool = false, readout: Readout? = nil
  ) {
    self.inputSize = inputSize
    self.hiddenSizes = hiddenSizes
    self.cell = cell
    self.peepholes = peepholes
    self.biases = biases
    self.learnsInitialState = learnsInitialState
    self.readout = readout
  }
}

extension LSTMConfiguration {
  /// L: the number of layers.
  public var layerCount: Int { hiddenSizes.count }

  /// H of the highest layer.
  public var topHiddenSize: Int { hiddenSizes.last ?? 0 }

  /// The outputs of the model at a step: K with a readout, else H of the highest layer.
  public var outputSize: Int { readout?.outputSize ?? topHiddenSize }

  /// Whether there is one output row a sequence instead of one a step.
  public var readsLastStepOnly: Bool { readout?.position == .lastStep }

  /// Whether every layer has the same H, as PyTorch's do.
  public var hasEqualHiddenSizes: Bool { Set(hiddenSizes).count <= 1 }

  /// G of every layer, the numbers that its gates hand to the next step; empty where gates are no inputs.
  var gateStateSizes: [Int] {
    cell.gateRecurrence ? hiddenSizes.map { GateColumns(cell, hiddenSize: $0).gateCount } : []
  }

  /// Numbers of a sequence's state: h and c of every layer, and gate activations where they are inputs.
  var stateSize: Int { 2 * hiddenSizes.reduce(0, +) + gateStateSizes.reduce(0, +) }

  /// Inputs of layer `index`: I for the lowest, H of the layer below for the others.
  public func inputSize(ofLayer index: Int) -> Int {
    index == 0 ? inputSize : hiddenSizes[index - 1]
  }

  /// The number of parameters, in floating point: the integers of an absurd size would overflow.
  package var parameterCount: Double {
    var count = learnsInitialState ? 2 * hiddenSizes.reduce(0.0) { $0 + Double($1) } : 0
    for layer in 0..<layerCount {
      let (inputs, hidden) = (Double(inputSize(ofLayer: layer)), Double(hiddenSizes[layer]))
      let gates = Double(cell.gatesPerBlock) * hidden / Double(cell.cellsPerBlock)
      count += (hidden + gates) * (inputs + hidden + (cell.gateRecurrence ? gates : 0) + 1)
      if peepholes { count += Double(cell.gatesPerBlock) * hidden }
    }
    guard let readout else { return count }
    let seen = Double(topHiddenSize) + (readout.seesInput ? Double(inputSize) : 0)
    return count + (seen + 1) * Double(readout.outputSize)
  }

  /// Checks that every size is at least 1 and that the model fits this machine.
  ///
  /// - Throws: `GatewiseError.invalidArgument` naming the size.
  public func validate() throws(GatewiseError) { try validate(bytesPerParameter: MemoryLayout<Float>.stride) }

  /// The same for a number type of a given size.
  func validate(bytesPerParameter: Int) throws(GatewiseError) {
    guard inputSize >= 1 else {
      throw .invalidArgument("The input size is \(inputSize); it must be at least 1.")
    }
    guard !hiddenSizes.isEmpty else {
      throw .invalidArgument("The model has no layers; give a hidden size for at least one.")
    }
    for (layer, size) in hiddenSizes.enumerated() where size < 1 {
      throw .invalidArgument("The hidden size of layer \(layer) is \(size); it must be at least 1.")
    }
    try cell.validate(hiddenSizes: hiddenSizes)
    if let readout, readout.outputSize < 1 {
      throw .invalidArgument("The readout has \(readout.outputSize) outputs; it must have at least 1.")
    }
    if let readout, readout.seesInput, readout.position == .lastStep {
      throw .invalidArgument(
        "A readout of the last step cannot see the input, which a sequence without steps does not have; read every step."
      )
    }
    try MemoryLimit.require(
      bytes: parameterCount * Double(bytesPerParameter),
      for: "The parameters of a model with hidden sizes \(hiddenSizes)")
  }
}
