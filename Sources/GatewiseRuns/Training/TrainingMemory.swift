import Foundation
import Gatewise

/// The memory of a run, estimated before it is allocated: parameters, gradients, moments and averages; the passes for
/// training and validation; the batches. Optional measurements, such as the saturation of gates, are not included: they
/// are skipped if memory does not suffice.
struct TrainingMemory {
  private let plan: TrainingPlan
  private let dataType: DataType
  private let data: RunData

  init(_ plan: TrainingPlan, dataType: DataType, reads data: RunData) {
    (self.plan, self.dataType, self.data) = (plan, dataType, data)
  }

  private var bytesPerNumber: Double { dataType == .float64 ? 8 : 4 }

  /// T of the largest batch.
  private var steps: Int {
    if case .classification(let data) = data { return data.longestSequence }
    return plan.window
  }

  /// Parameters, gradient and moments; the gradient sum of an update; the average of the weights.
  private var model: Double {
    let vectors =
      2 + plan.optimizer.momentNames.count + (plan.accumulation > 1 ? 1 : 0) + (plan.averageDecay == nil ? 0 : 1)
    return plan.configuration.parameterCount * Double(vectors) * bytesPerNumber
  }

  /// Returns the memory of the training pass and the validation pass.
  private func passes() throws(GatewiseError) -> Double {
    var isUneven = false
    if case .classification = data { isUneven = true }
    func bytes<S: Scalar>(_: S.Type, _ rule: GradientRule?) throws(GatewiseError) -> Double {
      try PassMemory.bytes(
        as: S.self, plan.configuration, steps: steps, batchSize: plan.batchSize, rule: rule,
        isUneven: isUneven, isDense: !data.usesTokens)
    }
    return dataType == .float64
      ? try bytes(Double.self, plan.rule) + bytes(Double.self, nil)
      : try bytes(Float.self, plan.rule) + bytes(Float.self, nil)
  }

  /// The present batch, the next one prepared ahead, and the validation batch.
  private var batches: Double {
    let rows = Double(steps) * Double(plan.batchSize)
    let sizes = data.modelData.sizes
    switch data {
    case .text: return 3 * rows * 8
    case .forecast: return 3 * rows * Double(sizes.input + sizes.output) * bytesPerNumber
    case .classification(let data):
      // Each sequence is a tensor of its own.
      return (2 * rows + data.totalSteps) * Double(sizes.input) * bytesPerNumber + 160 * Double(data.sequenceCount)
    }
  }

  /// - Throws: `GatewiseError.invalidArgument` naming the option that requires more memory than available.
  func check() throws(GatewiseError) {
    let (model, hidden) = (model, plan.configuration.hiddenSizes)
    let sizes = Set(hidden).count == 1 ? "\(hidden[0])" : hidden.map(String.init).joined(separator: ",")
    let limit = MemoryLimit.bytes
    guard model <= limit else {
      throw .invalidArgument(
        "--hidden \(sizes) in \(hidden.count) \(hidden.count == 1 ? "layer" : "layers") takes "
          + "\(MemoryLimit.text(model)) with gradients and moments, but only \(MemoryLimit.text(limit)) are available; "
          + "choose fewer hidden units.")
    }
    // Invalid settings are reported where they are used, with errors of their own.
    guard steps >= 1, plan.batchSize >= 1, (try? plan.configuration.validate()) != nil else { return }
    let batch = try passes() + batches
    do { try MemoryLimit.require(bytes: model + batch, for: "") } catch {
      let windows = if case .classification = data { "" } else { " with --window \(plan.window)" }
      throw .invalidArgument(
        "--batch \(plan.batchSize)\(windows) takes \(MemoryLimit.text(batch)) for hidden sizes \(hidden), but only "
          + "\(MemoryLimit.text(max(0, limit - model))) are available besides the model; choose smaller values"
          + "\(plan.rule.request.keepsWholeWindow ? ", or --segment" : "").")
    }
  }
}

/// Floating-point operations of the products in a training step.
enum Arithmetic {
  /// Returns the operations for one step of one sequence: 2·C(I+H) per layer and direction, C being 4H for the default
  /// cell, and 2HK for a readout of every step, forward, and twice that backward. One-hot input is a row gather, not a
  /// product.
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
