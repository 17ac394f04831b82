import Testing

@testable import Gatewise

@Suite("The deltas of a backward pass")
struct DeltaTests {
  private let drawn: Drawn

  init() throws {
    drawn = try RandomProblem(
      configuration: LSTMConfiguration(inputSize: 3, hiddenSizes: [5, 2], peepholes: true), steps: 5, batchSize: 3
    ).make()
  }

  private func input() throws -> Tensor<Double> { try Tensor(shape: [5, 3, 3], elements: drawn.denseInput) }

  @Test("add up to the gradient of the bias by every rule that holds the window")
  func sums() throws {
    for rule in [.bptt(), .rtrl, .recurrentCut(), .truncatedRTRL(), .truncatedRTRL(lowerLayers: .none)]
      as [GradientRule]
    {
      let gradients = try drawn.model.gradients(
        of: input(), initialState: drawn.initialState, outputGradient: drawn.outputGradient, rule: rule)
      let deltas = try drawn.model.deltas(
        of: input(), initialState: drawn.initialState, outputGradient: drawn.outputGradient, rule: rule)
      for (l, delta) in deltas.enumerated() {
        let bias = try #require(drawn.model.layout["bias_ih_l\(l)"])
        #expect(delta.shape == [5, 3, bias.count])
        for column in 0..<bias.count {
          let sum = stride(from: column, to: delta.elements.count, by: bias.count).reduce(0) { $0 + delta.elements[$1] }
          let expected = gradients.parameters[bias.offset + column]
          #expect(
            (sum - expected).magnitude <= 1e-12 * max(1, expected.magnitude), "\(rule), layer \(l), column \(column)")
        }
      }
    }
  }

  @Test("are refused of rules that hold only some of the steps")
  func segments() throws {
    let x = try input()
    #expect(throws: GatewiseError.self) { try drawn.model.deltas(of: x, rule: .bptt(segment: 2)) }
    #expect(throws: GatewiseError.self) { try drawn.model.deltas(of: x, rule: .truncatedBPTT(every: 1, depth: 4)) }
    #expect(try drawn.model.deltas(of: x, rule: .bptt(segment: 5)).count == 2)
  }
}
