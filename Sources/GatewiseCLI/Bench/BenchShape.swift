import ArgumentParser
import Gatewise

/// One row of a benchmark: what is computed, on how much.
struct BenchShape {
  /// What is timed.
  enum Mode: String, ExpressibleByArgument, CaseIterable {
    /// Forward and backward over a window; loss Σ y∘dy, no gradient for x, no optimizer.
    case train
    /// Forward over a window.
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
  /// N
  var batch = 64
  /// T
  var window = 64
  var dtype = DataType.float32

  /// For example `train-L2-H256-N64-T64-float32`; with the inputs where they are not H.
  var name: String {
    let inputs = inputSize == hiddenSize ? "" : "-I\(inputSize)"
    let steps = mode == .step ? "" : "-T\(window)"
    return "\(mode.rawValue)-L\(layers)\(inputs)-H\(hiddenSize)-N\(batch)\(steps)-\(dtype.argument)"
  }

  var configuration: LSTMConfiguration {
    LSTMConfiguration(inputSize: inputSize, hiddenSizes: Array(repeating: hiddenSize, count: layers))
  }

  /// Floating-point operations of one run: 2·4H(I + H)·N·T a layer, three times that for training.
  var operations: Double {
    let forward = (0..<layers).reduce(0.0) { sum, layer in
      let inputs = layer == 0 ? inputSize : hiddenSize
      return sum + 8 * Double(hiddenSize) * Double(inputs + hiddenSize) * Double(batch) * Double(window)
    }
    return mode == .train ? 3 * forward : forward
  }

  /// A few rows that show where the engine stands.
  static let standard = [
    BenchShape(inputSize: 256, hiddenSize: 256),
    BenchShape(inputSize: 128, hiddenSize: 128, batch: 32),
    BenchShape(layers: 4, inputSize: 256, hiddenSize: 256, batch: 16, window: 50),
    BenchShape(mode: .infer, inputSize: 256, hiddenSize: 256),
    BenchShape(mode: .infer, layers: 1, inputSize: 512, hiddenSize: 512, batch: 1, window: 100),
    BenchShape(mode: .step, layers: 1, inputSize: 64, hiddenSize: 64, batch: 1, window: 1),
  ]
}
