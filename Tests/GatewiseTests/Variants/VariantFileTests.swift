import GatewiseDerivation
import GatewiseReference
import Testing

@testable import Gatewise

/// Variants in files, one step at a time, and beside what they must not be mistaken for.
@Suite struct VariantFileTests {
  @Test func `a model file gives back every bit and every option`() throws {
    let folder = try TemporaryFolder()
    for member in VariantMember.alone + VariantMember.pairs {
      let model = try LSTM<Double>(member.configuration, seed: 5)
      try model.write(to: folder.file("a"))
      let found = try ModelFile(contentsOf: folder.file("a"))
      #expect(found.configuration == member.configuration, "\(member.name)")
      #expect(Agreement.sameBits(try found.model(as: Double.self).parameters, model.parameters), "\(member.name)")
    }
  }

  @Test func `steps of a session are those of a window`() throws {
    var worst = WorstDifference()
    for member in VariantMember.alone where !member.configuration.isBidirectional && member.lengths == nil {
      let drawn = try member.problem.make()
      let expected = try drawn.forward(Engine.family[0])
      let session = try StreamingSession(
        drawn.model, batchSize: VariantMember.N, execution: Engine.family[0].execution())
      if let state = drawn.initialState { try session.restore(state) }
      let (I, K) = (member.configuration.inputSize, member.configuration.outputSize)
      for t in 0..<VariantMember.T {
        let rows = t * VariantMember.N..<(t + 1) * VariantMember.N
        let y =
          member.isToken
          ? try session.step(tokens: Array(drawn.batch.tokens[rows]))
          : try session.step(Array(drawn.denseInput[rows.lowerBound * I..<rows.upperBound * I]))
        let difference = Agreement.difference(
          y, Array(expected.output.elements[rows.lowerBound * K..<rows.upperBound * K]))
        #expect(difference <= 1e-13, "step \(t), \(member.name)")
        worst.note(difference, member.name)
      }
    }
    print("steps of sessions and windows: worst \(worst.difference) (\(worst.place))")
  }

  /// A clip before activations bounds what goes into h and leaves c; one of cells bounds c and leaves the nets.
  @Test func `one clip is not the other`() throws {
    for bound in [0.2, 0.4] {
      let clips: [(MemoryCell, ReferenceCell)] = [
        (MemoryCell(preActivationClip: bound), ReferenceCell(cellClip: bound)),
        (MemoryCell(cellClip: bound), ReferenceCell(preActivationClip: bound)),
      ]
      for (cell, other) in clips {
        let drawn = try RandomProblem(
          configuration: LSTMConfiguration(inputSize: 3, hiddenSizes: [5], cell: cell), steps: 6, batchSize: 3
        ).make()
        let found = try drawn.gradients(Engine.family[0])
        let (right, wrong) = (OracleAnswer(drawn.reference), OracleAnswer(drawn.reference(.full, cell: other)))
        let layout = drawn.model.layout
        let (agrees, differs) = (
          right.differences(of: found, layout: layout).map(\.difference).max()!,
          wrong.differences(of: found, layout: layout).map(\.difference).max()!
        )
        print("clip \(bound): \(agrees) from its own network, \(differs) from the other clip's")
        #expect(agrees <= 1e-12 && differs > 0.01)
      }
    }
  }
}
