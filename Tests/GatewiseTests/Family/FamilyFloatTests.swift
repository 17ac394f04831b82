import GatewiseReference
import Testing

@testable import Gatewise

/// The family in Float against the same in Double, which the oracle holds: 1e-5 of every tensor.
@Suite struct FamilyFloatTests {
  /// A drawn problem in Float.
  private struct Narrow {
    let drawn: Drawn
    let model: LSTM<Float>
    let batch: SequenceBatch<Float>
    let initialState: LSTMState<Float>?
    let outputGradient: Tensor<Float>
    let finalStateGradient: LSTMState<Float>

    init(_ drawn: Drawn) throws {
      func narrow(_ tensor: Tensor<Double>) throws -> Tensor<Float> {
        try Tensor(shape: tensor.shape, elements: tensor.elements.map { Float($0) })
      }
      func narrow(_ state: LSTMState<Double>) throws -> LSTMState<Float> {
        LSTMState(
          hidden: try state.hidden.map(narrow), cell: try state.cell.map(narrow), gates: try state.gates.map(narrow))
      }
      self.drawn = drawn
      model = drawn.model.converted(to: Float.self)
      let own = drawn.batch
      var batch = SequenceBatch<Float>(steps: own.steps, batchSize: own.batchSize, inputSize: own.inputSize)
      (batch.lengths, batch.tokens, batch.inputs) = (own.lengths, own.tokens, own.inputs.map { Float($0) })
      self.batch = batch
      initialState = try drawn.initialState.map(narrow)
      outputGradient = try narrow(drawn.outputGradient)
      finalStateGradient = try narrow(drawn.finalStateGradient)
    }
  }

  private func check(_ name: String, _ pairs: (Narrow) throws -> [(String, [Float], [Double])]) throws {
    var worst = WorstDifference()
    for member in FamilyForwardTests.members {
      for (tensor, found, expected) in try pairs(Narrow(try member.problem.make())) {
        let difference = Agreement.difference(found, expected)
        #expect(difference <= 1e-5, "\(tensor), \(member.testDescription)")
        worst.note(difference, "\(tensor), \(member.testDescription)")
      }
    }
    print("family, \(name) in Float: worst \(worst.difference) (\(worst.place))")
  }

  @Test func forward() throws {
    try check("forward") { narrow in
      let oracle = narrow.drawn.reference.outputs()
      let found = try narrow.model.forward(narrow.batch, initialState: narrow.initialState)
      let final = found.finalState
      return [("y", found.output.elements, oracle.y)]
        + zip(final.hidden, oracle.hT).map { ("hT", $0.elements, $1) }
        + zip(final.cell, oracle.cT).map { ("cT", $0.elements, $1) }
        + zip(final.gates, oracle.gT).map { ("gT", $0.elements, $1) }
    }
  }

  @Test func gradients() throws {
    for rule in [.bptt(), .truncatedRTRL(), .rtrl] as [GradientRule] {
      try check("\(rule)") { narrow in
        let expected = try narrow.drawn.gradients(rule: rule, Engine.family[0])
        let found = try narrow.model.gradients(
          of: narrow.batch, initialState: narrow.initialState, outputGradient: narrow.outputGradient,
          finalStateGradient: narrow.finalStateGradient, rule: rule)
        return [("dx", found.input.elements, expected.input.elements)]
          + narrow.model.layout.entries.map { entry in
            (entry.name, Array(found.parameters[entry.range]), Array(expected.parameters[entry.range]))
          }
      }
    }
  }
}
