import Gatewise

/// A row of a benchmark as JSON, with its measurements if it was measured.
struct BenchRecord: Encodable {
  let name: String
  let mode: String
  let layers: Int
  let inputSize: Int
  let hiddenSize: Int
  let directions: Int
  /// Absent without a projection.
  let projectionSize: Int?
  let batch: Int
  let window: Int
  let dtype: String
  /// `full`, `bfloat16` or `int8`.
  let weights: String
  /// The gradient rule of training.
  let rule: String
  /// Operations of one run.
  let operations: Double
  /// The number of steps of each sequence; absent if all have T.
  let lengths: [Int]?
  let shortest: Int?

  // Measurements; absent in a list of rows.
  private(set) var threads: Int?
  private(set) var seconds: Double?
  private(set) var gflops: Double?
  private(set) var sgemmGflops: Double?
  private(set) var ratio: Double?
  private(set) var quartiles: [Double]?
  private(set) var steal: Double?
  /// Replaces the product's speed and the ratio if OpenBLAS uses kernels for an older processor.
  private(set) var openBLASAdvice: String?

  init(_ shape: BenchShape) {
    (name, mode, dtype) = (shape.name, shape.mode.rawValue, shape.dtype.argument)
    (layers, inputSize, hiddenSize) = (shape.layers, shape.inputSize, shape.hiddenSize)
    (directions, projectionSize) = (shape.configuration.directionCount, shape.projectionSize)
    (batch, window, operations) = (shape.batch, shape.window, shape.operations)
    (weights, rule) = (shape.weights.rawValue, shape.ruleName.rawValue)
    (lengths, shortest) = (shape.lengths, shape.shortest)
  }

  init(_ result: BenchResult) {
    self.init(result.shape)
    (threads, seconds, gflops, steal) = (result.threads, result.seconds, result.gflops, result.steal)
    openBLASAdvice = OpenBLAS.coreAdvice
    guard openBLASAdvice == nil else { return }
    (sgemmGflops, ratio) = (result.sgemmGflops, result.ratio)
    quartiles = [result.quartiles.0, result.quartiles.1]
  }
}
