import GatewiseReference

@testable import Gatewise

/// The relative difference of one tensor.
typealias NamedDifference = (name: String, difference: Double)

/// What the oracle says about a problem: the complex step's gradient and the outputs of the scalar forward.
struct OracleAnswer {
  let gradient: ReferenceVariables
  let outputs: ReferenceOutputs
  let tensors: [ReferenceTensor]

  init(_ problem: ReferenceProblem) {
    gradient = ComplexStep.gradient(of: problem)
    outputs = problem.outputs()
    tensors = problem.shape.tensors
  }

  /// The relative difference of every gradient, by the tensor's name; every parameter, dx, and dh0, dc0 and dg0 of
  /// every layer. A learned state in whose place another was given must have the gradient 0.
  func differences(of found: Gradients<Double>, layout: ParameterLayout) -> [NamedDifference] {
    var differences: [NamedDifference] = layout.entries.map { entry in
      let mine = Array(found.parameters[entry.range])
      guard let tensor = tensors.first(where: { $0.name == entry.name }) else {
        return (entry.name, mine.allSatisfy { $0 == 0 } ? 0 : .infinity)
      }
      return (entry.name, Agreement.difference(mine, Array(gradient.parameters[tensor.range])))
    }
    differences.append(("dx", Agreement.difference(found.input.elements, gradient.input)))
    for (l, h0) in gradient.h0.enumerated() {
      differences.append(("dh0 of layer \(l)", Agreement.difference(found.initialState.hidden[l].elements, h0)))
      differences.append(
        ("dc0 of layer \(l)", Agreement.difference(found.initialState.cell[l].elements, gradient.c0[l])))
    }
    for (l, g0) in gradient.g0.enumerated() {
      differences.append(("dg0 of layer \(l)", Agreement.difference(found.initialState.gates[l].elements, g0)))
    }
    return differences
  }
}

extension ReferenceOutputs {
  /// The relative difference of y and of the final state.
  func differences(
    ofOutput output: Tensor<Double>, finalState: LSTMState<Double>
  ) -> [NamedDifference] {
    var differences: [NamedDifference] = [("y", Agreement.difference(output.elements, y))]
    if finalState.gates.count != gT.count { differences.append(("number of gT", .infinity)) }
    for l in gT.indices {
      differences.append(("gT of layer \(l)", Agreement.difference(finalState.gates[l].elements, gT[l])))
    }
    for l in hT.indices {
      differences.append(("hT of layer \(l)", Agreement.difference(finalState.hidden[l].elements, hT[l])))
      differences.append(("cT of layer \(l)", Agreement.difference(finalState.cell[l].elements, cT[l])))
    }
    return differences
  }
}
