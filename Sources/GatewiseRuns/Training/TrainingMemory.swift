import Foundation
import Gatewise

/// What a run keeps in memory, reckoned before any of it is allocated: parameters, gradients and what goes with them; the
/// passes that train and validate; the batches. What is looked at besides, such as how saturated gates are, is left out
/// where there is no room for it.
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

  /// Parameters, gradient and moments; the sum over the batches of an update; the average of the weights.
  private var model: Double {
    let vectors =
      2 + plan.optimizer.momentNames.count + (plan.accumulation > 1 ? 1 : 0) + (plan.averageDecay == nil ? 0 : 1)
    return plan.configuration.parameterCount * Double(vectors) * bytesPerNumber
  }

  /// The pass that trains and the one that validates.
  private func passes() throws(GatewiseError) -> Double {
    var isUneven = false
    if case .classification = data { isUneven = true }
    func bytes<S: Scalar>(_: S.Type, _ rule: (any GradientRule)?) throws(GatewiseError) -> Double {
      try PassMemory.bytes(
        as: S.self, plan.configuration, steps: steps, batchSize: plan.batchSize, rule: rule,
        isUneven: isUneven, isDense: !data.usesTokens)
    }
    return dataType == .float64
      ? try bytes(Double.self, plan.rule) + bytes(Double.self, nil)
      : try bytes(Float.self, plan.rule) + bytes(Float.self, nil)
  }

  /// The batch that is worked on, the one that is made ahead of it, and the one to validate on.
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

  /// - Throws: `GatewiseError.invalidArgument` naming the option that asks for more than there is.
  func check() throws(GatewiseError) {
    let (model, hidden) = (model, plan.configuration.hiddenSizes)
    let sizes = Set(hidden).count == 1 ? "\(hidden[0])" : hidden.map(String.init).joined(separator: ",")
    let limit = MemoryLimit.bytes
    guard model <= limit else {
      throw .invalidArgument(
        "--hidden \(sizes) in \(hidden.count) \(hidden.count == 1 ? "layer" : "layers") takes "
          + "\(MemoryLimit.text(model)) with gradients and moments, but \(MemoryLimit.text(limit)) are to be had; choose "
          + "fewer hidden units.")
    }
    // Settings that cannot be are found where they are used, with a sentence of their own.
    guard steps >= 1, plan.batchSize >= 1, (try? plan.configuration.validate()) != nil else { return }
    let batch = try passes() + batches
    do { try MemoryLimit.require(bytes: model + batch, for: "") } catch {
      let windows = if case .classification = data { "" } else { " with --window \(plan.window)" }
      throw .invalidArgument(
        "--batch \(plan.batchSize)\(windows) takes \(MemoryLimit.text(batch)) for hidden sizes \(hidden), but "
          + "\(MemoryLimit.text(max(0, limit - model))) are to be had beside the model; choose smaller ones"
          + "\(plan.rule._segment == nil ? ", or --segment" : "").")
    }
  }
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
