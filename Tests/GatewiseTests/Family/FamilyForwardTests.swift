import GatewiseReference
import Testing

@testable import Gatewise

/// The forward pass of every member of the family: against the scalar reference, and by steps and by parts.
@Suite struct FamilyForwardTests {
  static let members = FamilyMember.all + FamilyMember.presets

  @Test func `every member is the reference's`() throws {
    var worst = WorstDifference()
    for member in Self.members {
      let drawn = try member.problem.make()
      let oracle = drawn.reference.outputs()
      for engine in Engine.family {
        let found = try drawn.forward(engine)
        for (name, difference) in oracle.differences(ofOutput: found.output, finalState: found.finalState) {
          #expect(difference <= 1e-12, "\(name), \(engine), \(member.testDescription)")
          worst.note(difference, "\(name), \(member.testDescription)")
        }
      }
    }
    print("family, forward and reference: worst \(worst.difference) (\(worst.place))")
  }

  /// Every member with even lengths, as steps know no padding.
  private static let even = members.map { member in
    var problem = member.problem
    problem.lengths = nil
    return (member, problem)
  }

  @Test func `steps equal the window`() throws {
    var worst = WorstDifference()
    for (member, problem) in Self.even {
      let drawn = try problem.make()
      let (T, N, I) = (drawn.batch.steps, drawn.batch.batchSize, drawn.batch.inputSize)
      let session = try StreamingSession(drawn.model, batchSize: N)
      if let given = drawn.initialState { try session.restore(given) }
      var outputs: [[Double]] = []
      for t in 0..<T {
        outputs.append(
          problem.isToken
            ? try session.step(tokens: Array(drawn.batch.tokens[t * N..<(t + 1) * N]))
            : try session.step(Array(drawn.batch.inputs[t * N * I..<(t + 1) * N * I])))
      }
      let window = try drawn.model.forward(drawn.batch, initialState: drawn.initialState)
      let isLast = problem.configuration.readsLastStepOnly
      note(
        Agreement.difference(isLast ? outputs[T - 1] : outputs.flatMap(\.self), window.output.elements), member, &worst)
      note(difference(session.state, window.finalState), member, &worst)
    }
    print("family, steps and window: worst \(worst.difference) (\(worst.place))")
  }

  /// The state after some steps, gates that feed back among it, starts the rest; in other sessions, too.
  @Test func `a window in two parts equals one`() throws {
    var worst = WorstDifference()
    for (member, problem) in Self.even {
      let drawn = try problem.make()
      let (T, N, I, cut) = (drawn.batch.steps, drawn.batch.batchSize, drawn.batch.inputSize, 2)
      func part(_ steps: Range<Int>) -> SequenceBatch<Double> {
        var batch = SequenceBatch<Double>(steps: steps.count, batchSize: N, inputSize: I)
        if problem.isToken {
          batch.tokens = Array(drawn.batch.tokens[steps.lowerBound * N..<steps.upperBound * N])
        } else {
          batch.inputs = Array(drawn.batch.inputs[steps.lowerBound * N * I..<steps.upperBound * N * I])
        }
        return batch
      }
      let one = try drawn.model.forward(drawn.batch, initialState: drawn.initialState)
      let first = try drawn.model.forward(part(0..<cut), initialState: drawn.initialState)
      let second = try drawn.model.forward(part(cut..<T), initialState: first.finalState)
      let isLast = problem.configuration.readsLastStepOnly
      note(
        Agreement.difference(
          isLast ? second.output.elements : first.output.elements + second.output.elements, one.output.elements),
        member, &worst)
      note(difference(second.finalState, one.finalState), member, &worst)

      // A session that takes the state of a window goes on as the window does.
      guard !problem.isToken else { continue }
      let session = try StreamingSession(drawn.model, batchSize: N)
      try session.restore(first.finalState)
      for t in cut..<T { _ = try session.step(Array(drawn.batch.inputs[t * N * I..<(t + 1) * N * I])) }
      note(difference(session.state, one.finalState), member, &worst)
    }
    print("family, two parts and one window: worst \(worst.difference) (\(worst.place))")
  }

  private func difference(_ a: LSTMState<Double>, _ b: LSTMState<Double>) -> Double {
    let (a, b) = (a.hidden + a.cell + a.gates, b.hidden + b.cell + b.gates)
    guard a.count == b.count else { return .infinity }
    return zip(a, b).map { Agreement.difference($0.elements, $1.elements) }.max()!
  }

  private func note(_ difference: Double, _ member: FamilyMember, _ worst: inout WorstDifference) {
    #expect(difference <= 1e-13, "\(member.testDescription)")
    worst.note(difference, member.testDescription)
  }
}
