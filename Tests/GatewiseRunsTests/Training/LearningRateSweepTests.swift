import Foundation
import Gatewise
import Testing

@testable import GatewiseRuns

@Suite("Learning-rate sweeps") struct LearningRateSweepTests {
  private let factor = pow(1e7, 1 / 99.0)

  /// Gradient descent on ½ h θ² from θ = 1 with a growing rate, which diverges above 2 / h.
  private func descent(curvature h: Double, noise: Double = 0, seed: UInt64 = 1) -> LearningRateSweep {
    var sweep = LearningRateSweep()
    var stream = RandomStream(seed: seed)
    var theta = 1.0
    for i in 0..<100 {
      let rate = 1e-6 * pow(factor, Double(i))
      let luck: Double = stream.normal()
      sweep.add(learningRate: rate, loss: theta * theta * (1 + noise * luck))
      theta -= rate * h * theta
    }
    return sweep
  }

  @Test("on a parabola the suggested rate converges and is inversely proportional to the curvature")
  func parabola() throws {
    var first: Double?
    for power in [0, 14, 28, 42] {
      let h = 1 * pow(factor, Double(power))
      let sweep = descent(curvature: h)
      let rate = try #require(sweep.suggestion)
      // θ after fifty updates with that rate.
      let left = pow(1 - rate * h, 50)
      print("h \(h): suggested \(rate), \(rate * h / 2) of the diverging rate; θ after 50 updates \(left)")
      #expect(rate * h < 1 && abs(left) < 0.2)
      first = first ?? rate * h
      #expect(abs(rate * h / (first ?? 0) - 1) < 0.3)
    }
    #expect(descent(curvature: 1000).hasExploded && !descent(curvature: 1e-3).hasExploded)
  }

  @Test("noise changes the suggestion little, and pure noise gives none")
  func noise() throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      let rate = try #require(descent(curvature: 10, noise: 0.15, seed: seed).suggestion)
      #expect(rate * 10 > 0.01 && rate * 10 < 1, "seed \(seed): \(rate)")
      // So flat that no rate of the sweep changes θ.
      let flat = descent(curvature: 1e-6, noise: 0.15, seed: seed)
      #expect(flat.suggestion == nil, "seed \(seed): \(flat.suggestion ?? 0)")
    }
    #expect(LearningRateSweep().suggestion == nil)
  }

  @Test("ends when the loss explodes or is not finite, and reports it")
  func explosion() {
    var sweep = LearningRateSweep()
    for i in 0..<30 { sweep.add(learningRate: 1e-5 * pow(factor, Double(i)), loss: 1 - Double(i) / 40) }
    #expect(!sweep.hasExploded && sweep.points.count == 30)
    sweep.add(learningRate: 1, loss: .nan)
    sweep.add(learningRate: 2, loss: 1)
    #expect(sweep.hasExploded && sweep.points.count == 30)
    let lines = sweep.sentences(unit: .bitsPerByte)
    #expect(lines[0].contains("(bits per byte)") && lines.count == 7 + 1 + 2, "\(lines)")
    #expect(lines.contains { $0.hasPrefix("Swept: 30 updates; then the loss exploded.") })
  }

  @Test("the smoothed loss is the mean with weights 0.9^(i-j)")
  func smoothing() {
    var sweep = LearningRateSweep()
    let losses = (0..<8).map { 3 + sin(Double($0)) }
    for (i, loss) in losses.enumerated() { sweep.add(learningRate: Double(i + 1), loss: loss) }
    for (i, point) in sweep.points.enumerated() {
      let weights = (0...i).map { pow(0.9, Double(i - $0)) }
      let mean = zip(weights, losses).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
      #expect(abs(point.smoothed - mean) < 1e-12)
    }
  }

  @Test("a loss that is not finite at low rates is reported as an error")
  func badModel() throws {
    let scratch = try TemporaryFolder()
    let rows = (0..<80).map { "\(sin(Double($0)))" }
    let table = try Table(path: try scratch.file("t.csv", (["x"] + rows).joined(separator: "\n")))
    let data = RunData.forecast(try ForecastData(table: table, targets: ["x"]))
    let configuration = LSTMConfiguration(inputSize: 2, hiddenSizes: [4], readout: .init(outputSize: 1))
    let count = try LSTM<Float>(configuration, seed: 1).layout.count
    let model = try LSTM<Float>(configuration, parameters: Array(repeating: 3e38, count: count))
    try model.write(to: scratch.path + "/m.safetensors", extras: [ModelData.extraName: data.modelData.json])
    let start = try StartingModel(path: scratch.path + "/m.safetensors")
    func sweep(skips: Bool) throws -> LearningRateSweep {
      var options = TrainingOptions()
      options.skipsBadBatches = skips
      let plan = try TrainingPlan(options, for: data, startingFrom: configuration, dataType: .float32)
      return try LearningRateFinder<Float>(data, plan: plan, startingFrom: start, execution: .standard()).sweep()
    }
    #expect(sentence { _ = try sweep(skips: false) }?.contains("The loss of update 1 is inf") == true)
    let skipped = try sweep(skips: true)
    #expect(skipped.points.isEmpty && skipped.suggestion == nil)
    #expect(skipped.sentences(unit: .squaredDeviations).last?.hasPrefix("Suggested: nothing") == true)
  }
}
