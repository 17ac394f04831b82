/// What a stack of LSTM layers looks like: sizes and options, no numbers.
public struct LSTMConfiguration: Sendable, Equatable, Codable {
  /// I: inputs of the lowest layer at every step.
  public var inputSize: Int
  /// H of every layer, the lowest first; layers may differ. Their number is L.
  public var hiddenSizes: [Int]
  /// Whether the gates see the cell state: i and f see c_{t-1}, o sees c_t (Gers, Schraudolph & Schmidhuber 2002).
  public var peepholes: Bool
  /// Whether h and c before the first step are parameters; otherwise they are given, or zero.
  public var learnsInitialState: Bool
  /// An affine map from the highest layer to the outputs; nil where the outputs are the highest layer's own.
  public var readout: Readout?

  /// An affine map y = h·W + b from the highest layer's hidden units to K outputs.
  public struct Readout: Sendable, Equatable, Codable {
    /// K: outputs.
    public var outputSize: Int
    /// Where the outputs are read.
    public var position: Position

    /// The steps at which the readout is computed.
    public enum Position: String, Sendable, Codable {
      /// At every step: outputs `[T, N, K]`.
      case everyStep
      /// After each sequence's own last step: outputs `[1, N, K]`.
      case lastStep
    }

    /// A readout of `outputSize` outputs.
    public init(outputSize: Int, position: Position = .everyStep) {
      self.outputSize = outputSize
      self.position = position
    }
  }

  /// A configuration; it is checked where a model is made from it.
  public init(
    inputSize: Int, hiddenSizes: [Int], peepholes: Bool = false, learnsInitialState: Bool = false,
    readout: Readout? = nil
  ) {
    self.inputSize = inputSize
    self.hiddenSizes = hiddenSizes
    self.peepholes = peepholes
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

  /// Inputs of layer `index`: I for the lowest, H of the layer below for the others.
  public func inputSize(ofLayer index: Int) -> Int {
    index == 0 ? inputSize : hiddenSizes[index - 1]
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
    if let readout, readout.outputSize < 1 {
      throw .invalidArgument("The readout has \(readout.outputSize) outputs; it must have at least 1.")
    }
    // Counted in floating point first: the integers of an absurd size would overflow.
    var parameters = 0.0
    for layer in 0..<layerCount {
      let (inputs, hidden) = (Double(inputSize(ofLayer: layer)), Double(hiddenSizes[layer]))
      parameters += 4 * hidden * (inputs + hidden + 1)
    }
    parameters += Double(outputSize) * Double(topHiddenSize)
    try MemoryLimit.require(
      bytes: parameters * Double(bytesPerParameter),
      for: "The parameters of a model with hidden sizes \(hiddenSizes)")
  }
}
