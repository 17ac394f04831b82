import CAllocationCounter
import Testing

@testable import Gatewise

/// The computed memory of a pass against the memory it allocates: random shapes of model, batch and rule, each measured
/// by a byte count of the heap.
@Suite struct MemoryPlanTests {
  /// Bytes of small arrays for names, layouts and descriptions; the check sets a few MiB aside for them.
  private let small = 40_000.0

  /// One randomly drawn shape.
  private struct Shape: CustomStringConvertible {
    let configuration: LSTMConfiguration
    let (steps, batchSize): (Int, Int)
    let rule: GradientRule
    let isUneven: Bool
    let path: RecurrentPath
    let recordsDeltas: Bool

    init(_ stream: inout RandomStream) {
      func chance(_ share: Double) -> Bool { stream.uniform(in: 0...1) < share }
      let kind = stream.index(below: 7)
      let layers = 1 + stream.index(below: 3)
      let equal = 8 + stream.index(below: 90)
      var made = LSTMConfiguration(
        inputSize: 1 + stream.index(below: 100),
        hiddenSizes: (0..<layers).map { _ in chance(0.5) ? equal : 8 + stream.index(below: 90) })
      if chance(0.5) {
        made.readout = .init(outputSize: 1 + stream.index(below: 60), position: chance(0.3) ? .lastStep : .everyStep)
        if chance(0.3), made.readout?.position == .everyStep { made.readout?.seesInput = true }
      }
      made.peepholes = chance(0.3)
      made.learnsInitialState = chance(0.2)
      switch kind {
      case 0: made.isBidirectional = true
      case 1: made.projection = .init(size: 4 + stream.index(below: 20))
      case 2: made.normalization = chance(0.5) ? .gates : .productsAndCell
      case 3: made.embeddingSize = 4 + stream.index(below: 30)
      case 4: made.regularization.zoneoutCell = 0.1
      case 5:
        made.cell.gateRecurrence = true
        made.peepholes = true
      default: break
      }
      if kind == 0, chance(0.3) { made.projection = .init(size: 4 + stream.index(below: 20)) }
      if chance(0.2), made.readout?.position != .lastStep {
        made.isResidual = true
        made.hiddenSizes = made.hiddenSizes.map { _ in equal }
      }
      (steps, batchSize) = (200 + stream.index(below: 400), 1 + stream.index(below: 40))
      let isPlain = kind > 4 && !(made.isResidual && layers > 1)
      switch stream.index(below: 6) {
      case 0 where kind != 0: rule = .bptt(segment: 30 + stream.index(below: 60))
      case 1 where kind != 0: rule = .truncatedBPTT(every: 20, depth: 20 + stream.index(below: 60))
      case 2 where isPlain: rule = .truncatedRTRL(lowerLayers: chance(0.7) ? .throughCurrentInputs : .none)
      case 3 where kind != 0 && kind != 4: rule = .recurrentCut()
      default: rule = .bptt()
      }
      isUneven = chance(0.3)
      path = chance(0.25) ? .plain : .tile
      recordsDeltas = chance(0.3) && WindowCut(rule.request, steps: steps).isInParts == false
      configuration = made
    }

    var description: String {
      "\(configuration), \(steps) × \(batchSize), \(rule), uneven \(isUneven), \(path), deltas \(recordsDeltas)"
    }
  }

  /// Returns the peak number of bytes that `body` allocates.
  private func most(_ body: () throws -> Void) throws -> Double {
    allocation_counter_start()
    defer { _ = allocation_counter_stop() }
    try body()
    return Double(allocation_counter_most_bytes())
  }

  private func execution(_ path: RecurrentPath) throws -> Execution {
    Execution(team: ThreadTeam(threads: 1), instructionSet: try .current(), recurrentPath: path)
  }

  private func input(_ shape: Shape) throws -> SequenceBatch<Float> {
    let x = Tensor<Float>(
      repeating: 0.1, shape: [shape.steps, shape.batchSize, shape.configuration.inputSize])
    return try SequenceBatch(
      inputs: x, lengths: shape.isUneven ? (0..<shape.batchSize).map { shape.steps - $0 } : nil)
  }

  @Test func `a gradient takes the computed memory`() throws {
    var stream = RandomStream(seed: 4, name: "shapes")
    var worst = (low: 1.0, high: 1.0)
    for _ in 0..<100 {
      let shape = Shape(&stream)
      let model = try LSTM<Float>(shape.configuration, seed: 1)
      let (batch, execution) = (try input(shape), try execution(shape.path))
      let request = shape.rule.request
      let held = WindowCut(request, steps: shape.steps).held
      let plan = PassMemory.plan(
        try EngineShape<Float>(
          configuration: shape.configuration, steps: held, batchSize: shape.batchSize, purpose: .training,
          paths: request.paths, givesInputError: true,
          sequences: WindowSequences(batch, window: held, endsWithLongest: true), execution: execution),
        steps: shape.steps, request)
      let computed =
        plan.reservedBytes + model.resultBytes(of: batch, recordsDeltas: shape.recordsDeltas, makesError: true)
      let taken = try most {
        _ = try model.gradients(of: batch, rule: shape.rule, recordsDeltas: shape.recordsDeltas, execution: execution)
      }
      let ratio = computed / taken
      worst = (min(worst.low, ratio), max(worst.high, ratio))
      #expect(ratio > 1 - small / taken && ratio < 1.1, "\(ratio) of \(taken) bytes: \(shape)")
    }
    print("computed over taken: \(worst.low) to \(worst.high) in 100 gradients")
  }

  @Test func `a forward pass takes the computed memory`() throws {
    var stream = RandomStream(seed: 5, name: "shapes")
    var worst = (low: 1.0, high: 1.0)
    for _ in 0..<60 {
      let shape = Shape(&stream)
      let execution = try execution(shape.path)
      var batch = try input(shape)
      let rows = shape.configuration.readsLastStepOnly ? shape.batchSize : shape.steps * shape.batchSize
      batch.targets = Array(repeating: 0, count: rows * shape.configuration.outputSize)
      let model = try LSTM<Float>(shape.configuration, seed: 1)
      let made = try EngineShape<Float>(
        configuration: shape.configuration, steps: shape.steps, batchSize: shape.batchSize, purpose: .evaluation,
        execution: execution)
      let plan = made.makePlan()
      _ = Gatewise.Engine(made, team: nil, plan: plan)
      let taken = try most {
        let engine = try Gatewise.Engine(made, team: execution.team)
        engine.window.load(batch, steps: shape.steps)
        model.withParameters {
          engine.resetState($0)
          engine.forward($0)
        }
        engine.evaluate(MeanSquaredError(), on: batch, from: 0, weight: 1, wantsError: true)
      }
      let ratio = plan.bytes / taken
      worst = (min(worst.low, ratio), max(worst.high, ratio))
      #expect(ratio > 1 - small / taken && ratio < 1.1, "\(ratio) of \(taken) bytes: \(shape)")
    }
    print("computed over taken: \(worst.low) to \(worst.high) in 60 forward passes")
  }

  /// The memory check once computed two thirds of the memory taken.
  @Test func `the papers' truncation counts the deltas of every step's error`() throws {
    let configuration = LSTMConfiguration(inputSize: 8, hiddenSizes: [64, 64])
    let execution = try execution(.tile)
    func bytes(_ rule: GradientRule) throws -> Double {
      PassMemory.plan(
        try EngineShape<Float>(
          configuration: configuration, steps: 60_000, batchSize: 4, purpose: .training, paths: rule.request.paths,
          givesInputError: true, execution: execution), steps: 60_000, rule.request
      ).bytes / 4
    }
    let (without, with) = (try bytes(.bptt()), try bytes(.truncatedRTRL()))
    print("\(without) and \(with) numbers")
    #expect(with - without == 240_000 * 320)
  }
}
