import Testing

@testable import Gatewise

/// Where there is one step, nothing comes back over time, and most rules are one.
@Suite struct RuleAgreementTests {
  @Test(arguments: [[5], [5, 4], [3, 5, 4]], [false, true])
  func `at one step R1 and R2 are BPTT, and R0 is in the highest layer`(_ hidden: [Int], peepholes: Bool) throws {
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(inputSize: 3, hiddenSizes: hidden, peepholes: peepholes), steps: 1, batchSize: 3
    ).make()
    func gradient(_ rule: GradientRule) throws -> [Double] {
      try drawn.model.gradients(
        of: drawn.batch, initialState: drawn.initialState, outputGradient: drawn.outputGradient, rule: rule
      ).parameters
    }
    let full = try gradient(.bptt())
    for paths in peepholes ? PeepholePaths.allCases : [.detached] {
      let (r2, r1) = try (
        gradient(.recurrentCut(peepholePaths: paths)), gradient(.truncatedRTRL(peepholePaths: paths))
      )
      #expect(Agreement.difference(r1, r2) < 1e-13)
      let difference = Agreement.difference(r2, full)
      print("H \(hidden), peepholes \(peepholes ? "\(paths)" : "none"), one step: R2 and BPTT differ by \(difference)")
      // The output gate's peephole sees the state of its own step.
      #expect(!peepholes || paths != .detached ? difference < 1e-13 : difference > 1e-3)
      let r0 = try gradient(.truncatedRTRL(lowerLayers: .none, peepholePaths: paths))
      for entry in drawn.model.layout.entries {
        if entry.layer == hidden.count - 1 {
          #expect(Agreement.difference(Array(r0[entry.range]), Array(r2[entry.range])) < 1e-13)
        } else {
          #expect(r0[entry.range].allSatisfy { $0 == 0 })
        }
      }
    }
  }
}
