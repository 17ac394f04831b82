import GatewiseReference
import Testing

@testable import Gatewise

/// BPTT at widths where not every derivative can be asked for: 16 directions and 50 entries of each tensor.
@Suite struct SampledBPTTTests {
  @Test(arguments: [false, true])
  func `directions and entries at H 64`(peepholes: Bool) throws {
    // 70 cells have more columns than one task of the weight gradients takes.
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(
        inputSize: 20, hiddenSizes: [64, 70], peepholes: peepholes, readout: .init(outputSize: 9)),
      steps: 7, batchSize: 3, scale: 0.2, seed: 64
    ).make()
    let reference = drawn.reference
    var random = RandomStream(seed: 5)
    let directions = (0..<16).map { _ in direction(reference.variables, &random) }
    let along = directions.map { ComplexStep.derivative(of: reference, along: $0) }
    let samples = sample(reference, &random).map { ($0.name, $0.variables) }
    let entries = samples.map { ComplexStep.derivatives(of: reference, by: $0.1) }

    var worst = WorstDifference()
    for engine in Engine.all {
      let found = try drawn.gradients(engine)
      let gradient = ReferenceVariables(
        parameters: found.parameters, input: found.input.elements, h0: found.initialState.hidden.map(\.elements),
        c0: found.initialState.cell.map(\.elements))
      let difference = Agreement.difference(directions.map { gradient.dot($0) }, along)
      #expect(difference <= BPTTTests.tolerance, "16 directions, \(engine)")
      worst.note(difference, "16 directions, \(engine)")
      for ((name, variables), expected) in zip(samples, entries) {
        let difference = Agreement.difference(variables.map { gradient[$0] }, expected)
        #expect(difference <= BPTTTests.tolerance, "\(name), \(engine)")
        worst.note(difference, "\(name), \(engine)")
      }
    }
    print("BPTT and complex step, H [64, 70], peepholes \(peepholes): worst \(worst.difference) (\(worst.place))")
  }

  private func direction(_ variables: ReferenceVariables, _ random: inout RandomStream) -> ReferenceVariables {
    func numbers(_ count: Int) -> [Double] { (0..<count).map { _ in random.normal() } }
    return ReferenceVariables(
      parameters: numbers(variables.parameters.count), input: numbers(variables.input.count),
      h0: variables.h0.map { numbers($0.count) }, c0: variables.c0.map { numbers($0.count) })
  }

  /// 50 entries of every tensor, or all where it has fewer.
  private func sample(
    _ problem: ReferenceProblem, _ random: inout RandomStream
  ) -> [(name: String, variables: [ReferenceVariable])] {
    func pick(_ count: Int) -> [Int] {
      var indices = Array(0..<count)
      random.shuffle(&indices)
      return Array(indices.prefix(50))
    }
    var samples = problem.shape.tensors.map { tensor in
      (name: tensor.name, variables: pick(tensor.count).map { ReferenceVariable.parameter(tensor.offset + $0) })
    }
    samples.append((name: "dx", variables: pick(problem.variables.input.count).map { .input($0) }))
    for l in problem.shape.hiddenSizes.indices {
      let count = problem.variables.h0[l].count
      samples.append((name: "dh0 of layer \(l)", variables: pick(count).map { .h0(layer: l, $0) }))
      samples.append((name: "dc0 of layer \(l)", variables: pick(count).map { .c0(layer: l, $0) }))
    }
    return samples
  }
}

extension ReferenceVariables {
  fileprivate subscript(variable: ReferenceVariable) -> Double {
    switch variable {
    case .parameter(let index): parameters[index]
    case .input(let index): input[index]
    case .h0(let layer, let index): h0[layer][index]
    case .c0(let layer, let index): c0[layer][index]
    case .g0(let layer, let index): g0[layer][index]
    }
  }
}
