import ArgumentParser
import Gatewise

/// One row of a benchmark: the kind of work and its shape.
struct BenchShape {
  /// The work that is timed.
  enum Mode: String, ExpressibleByArgument, CaseIterable {
    /// Forward and backward pass over a window; loss Σ y∘dy, no gradient of x, no optimizer.
    case train
    /// Forward pass over a window.
    case infer
    /// One step of a streaming session.
    case step
  }

  var mode = Mode.train
  var layers = 2
  /// I
  var inputSize: Int
  /// H of every layer
  var hiddenSize: Int
  /// Whether every layer is bidirectional.
  var isBidirectional = false
  /// P of every layer; nil without a projection.
  var projectionSize: Int?
  /// N
  var batch = 64
  /// T
  var window = 64
  /// The minimum number of steps of a sequence; nil if all have T.
  var shortest: Int?
  var dtype = DataType.float32
  /// The storage of the weights; only for inference.
  var weights = WeightStorage.full
  /// The gradient rule; only for training.
  var rule: GradientRule = .bptt()
  var ruleName = RuleName.bptt

  /// For example `train-L2-H256-N64-T64-float32`; with the inputs if I is not H, `L2x2` for two directions of two
  /// layers, `H512:128` for a projection of 512 units to 128, `T16..64` for sequences of 16 to 64 steps.
  var name: String {
    let inputs = inputSize == hiddenSize ? "" : "-I\(inputSize)"
    let steps = mode == .step ? "" : "-T" + (shortest.map { "\($0).." } ?? "") + "\(window)"
    let type = weights == .full ? dtype.argument : weights.rawValue
    let rule = ruleName == .bptt ? "" : "-\(ruleName.rawValue)"
    let directions = isBidirectional ? "x2" : ""
    let projection = projectionSize.map { ":\($0)" } ?? ""
    return
      "\(mode.rawValue)\(rule)-L\(layers)\(directions)\(inputs)-H\(hiddenSize)\(projection)-N\(batch)\(steps)-\(type)"
  }

  var configuration: LSTMConfiguration {
    LSTMConfiguration(
      inputSize: inputSize, hiddenSizes: Array(repeating: hiddenSize, count: layers), isBidirectional: isBidirectional,
      projection: projectionSize.map { .init(size: $0) })
  }

  /// The number of outputs of the highest layer per step.
  var outputSize: Int { configuration.topOutputSize }

  /// The number of steps of each sequence `[N]`, drawn uniformly from `shortest` to T, the same on every call. The
  /// first has T, so that the batch has the length in its name. Nil if all have T.
  var lengths: [Int]? {
    guard let shortest else { return nil }
    var stream = RandomStream(seed: 1, name: "lengths")
    var lengths = (0..<batch).map { _ in Int.random(in: shortest...window, using: &stream) }
    lengths[0] = window
    return lengths
  }

  /// Floating-point operations of one run: 2·4H(I + H) per layer, direction and unpadded step, with a projection
  /// 2·4H(I + P) + 2HP, three times that for training; for exact RTRL only the products of the derivatives.
  var operations: Double {
    let steps = lengths.map { Double($0.reduce(0, +)) } ?? Double(batch) * Double(window)
    if ruleName == .rtrl { return derivativeOperations * steps }
    let forward = (0..<layers).reduce(0.0) { sum, layer in
      let (inputs, H) = (Double(configuration.inputSize(ofLayer: layer)), Double(hiddenSize))
      let products =
        projectionSize.map { 8 * H * (inputs + Double($0)) + 2 * H * Double($0) } ?? 8 * H * (inputs + H)
      return sum + products * Double(configuration.directionCount) * steps
    }
    return mode == .train ? 3 * forward : forward
  }

  /// Operations of a step of exact RTRL: for each layer's Q = 4H(I + H + 1) weights, H(H + H)Q multiplications in that
  /// layer, which is 8H³(I + H + 1), and H(2H + 2H)Q in every layer above it, which includes its inputs from below.
  private var derivativeOperations: Double {
    let H = Double(hiddenSize)
    return (0..<layers).reduce(0.0) { sum, source in
      let Q = 4 * H * (Double(source == 0 ? inputSize : hiddenSize) + H + 1)
      return sum + 2 * Q * H * H * (2 + 4 * Double(layers - 1 - source))
    }
  }
}
