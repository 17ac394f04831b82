import Testing

@testable import Gatewise

/// `deltaClip` beside what stands between δ and what is made of it.
@Suite struct BoundedDeltaTests {
  /// Under a bound near 0 nothing can be left of what deltas lead to: the gradients of W, R, b and of gains, and what
  /// reaches the layer below. What is left is the readout's, and that of c's own norm, which stands behind all deltas.
  @Test(arguments: [nil, LayerNormalization.gates, .productsAndCell])
  func `no error goes round the bound`(_ normalization: LayerNormalization?) throws {
    let bound = 1e-30
    let configuration = LSTMConfiguration(inputSize: 3, hiddenSizes: [5, 5], normalization: normalization)
    let drawn = try RandomProblem(configuration: configuration, steps: 6, batchSize: 3, isStateGiven: false).make()
    for rule in [.bptt(deltaClip: bound), .recurrentCut(deltaClip: bound)] as [GradientRule] {
      let found = try drawn.model.gradients(
        of: drawn.batch, outputGradient: drawn.outputGradient, rule: rule, recordsDeltas: true)
      for delta in found.deltas {
        let greatest = delta.elements.map(\.magnitude).max()!
        #expect(greatest <= bound, "δ, \(String(describing: normalization)), \(rule)")
      }
      for entry in drawn.model.layout.entries where !entry.name.hasPrefix("norm_cell") {
        let greatest = found.parameters[entry.range].map(\.magnitude).max()!
        #expect(greatest <= 1e-25, "\(entry.name), \(String(describing: normalization)), \(rule)")
      }
      #expect(found.input.elements.map(\.magnitude).max()! <= 1e-25, "x, \(String(describing: normalization)), \(rule)")
    }
  }
}
