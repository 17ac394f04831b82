import Foundation
import Gatewise

/// What a run keeps in memory, reckoned before any of it is allocated.
struct TrainingMemory {
  private let configuration: LSTMConfiguration
  private let batchSize: Int
  private let window: Int?
  private let segment: Int?
  private let vectors: Int
  private let bytesPerNumber: Double

  /// - Parameter data: a classifier's windows are its sequences, whose memory is the table's own.
  init(_ plan: TrainingPlan, dataType: DataType, reads data: RunData) {
    configuration = plan.configuration
    batchSize = plan.batchSize
    window = if case .classification = data { nil } else { plan.window }
    segment = plan.rule._segment
    // Parameters, gradient and moments; the sum over the batches of an update; the average of the weights.
    vectors =
      2 + plan.optimizer.momentNames.count + (plan.accumulation > 1 ? 1 : 0) + (plan.averageDecay == nil ? 0 : 1)
    bytesPerNumber = dataType == .float64 ? 8 : 4
  }

  /// - Throws: `GatewiseError.invalidArgument` naming the option that asks for more than there is.
  func check() throws(GatewiseError) {
    let limit = MemoryLimit.bytes
    let (steps, hidden) = (Double(window ?? 1), configuration.hiddenSizes)
    // Steps whose gates are in memory at once, and states between such segments; a second gradient is summed up then.
    let kept = min(steps, Double(segment ?? Int.max))
    let states = kept < steps ? steps / kept + 2 : 0
    let model = configuration.parameterCount * Double(vectors + (states > 0 ? 1 : 0)) * bytesPerNumber
    let sizes = Set(hidden).count == 1 ? "\(hidden[0])" : hidden.map(String.init).joined(separator: ",")
    guard model <= limit else {
      throw .invalidArgument(
        "--hidden \(sizes) in \(hidden.count) \(hidden.count == 1 ? "layer" : "layers") takes \(gibibytes(model)) GiB "
          + "with gradients and moments, but \(gibibytes(limit)) GiB are to be had; choose fewer hidden units.")
    }
    let rows = kept * Double(batchSize)
    let outputs = (0..<hidden.count).map { configuration.outputSize(ofLayer: $0) }
    let widest = Double((outputs + [configuration.inputSize]).max()!)
    let perRow =
      Double(configuration.inputSize) + 2 * Double(configuration.outputSize) + 2 * widest
      + (6 * Double(configuration.directionCount)) * hidden.reduce(0.0) { $0 + Double($1) }
    let perState = Double(batchSize) * (6 + 2 * states) * widest * Double(hidden.count)
    let batch = (rows * perRow + perState) * bytesPerNumber
    guard model + batch <= limit else {
      let windows = window.map { " with --window \($0)" } ?? ""
      throw .invalidArgument(
        "--batch \(batchSize)\(windows) takes \(gibibytes(batch)) GiB for hidden sizes \(hidden), but "
          + "\(gibibytes(limit)) GiB are to be had; choose smaller ones\(segment == nil ? ", or --segment" : "").")
    }
  }

  private func gibibytes(_ bytes: Double) -> String { Format.significant(bytes / Double(1 << 30), digits: 3) }
}

/// Floating-point operations of the products of a training step.
enum Arithmetic {
  /// Operations for one step of one sequence: 2·C(I+H) a layer and direction, C being 4H for the default cell, and 2HK for a readout on
  /// every step, forward, and twice that backward. One-hot input is a row gather and no product.
  static func operationsPerRow(_ configuration: LSTMConfiguration, usesTokens: Bool) -> Double {
    var operations = 0.0
    for layer in 0..<configuration.layerCount {
      let H = Double(configuration.hiddenSizes[layer])
      let P = configuration.projection.map { Double($0.size) } ?? H
      let I = layer == 0 && usesTokens ? 0 : Double(configuration.inputSize(ofLayer: layer))
      let gates = Double(configuration.cell.gatesPerBlock) * H / Double(configuration.cell.cellsPerBlock)
      let fedBack = configuration.cell.gateRecurrence ? gates : 0
      let projected = configuration.projection == nil ? 0 : H * P
      operations += 2 * Double(configuration.directionCount) * ((H + gates) * (I + P + fedBack) + projected)
    }
    if let readout = configuration.readout, readout.position == .everyStep {
      operations += 2 * Double(configuration.topOutputSize) * Double(readout.outputSize)
    }
    return 3 * operations
  }
}
