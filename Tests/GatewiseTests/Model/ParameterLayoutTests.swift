import GatewiseDerivation
import GatewiseReference
import Testing

@testable import Gatewise

@Suite struct ParameterLayoutTests {
  private static let full = LSTMConfiguration(
    inputSize: 3, hiddenSizes: [5, 2], peepholes: true, learnsInitialState: true, readout: .init(outputSize: 4))

  @Test func `names, shapes and order`() {
    let layout = ParameterLayout(Self.full)
    let expected: [(String, ParameterLayout.Role, Int?, [Int])] = [
      ("weight_ih_l0", .inputWeights, 0, [3, 20]), ("weight_hh_l0", .recurrentWeights, 0, [5, 20]),
      ("bias_ih_l0", .bias, 0, [20]), ("peephole_l0", .peepholes, 0, [3, 5]),
      ("weight_ih_l1", .inputWeights, 1, [5, 8]), ("weight_hh_l1", .recurrentWeights, 1, [2, 8]),
      ("bias_ih_l1", .bias, 1, [8]), ("peephole_l1", .peepholes, 1, [3, 2]),
      ("h0_l0", .initialHidden, 0, [5]), ("h0_l1", .initialHidden, 1, [2]),
      ("c0_l0", .initialCell, 0, [5]), ("c0_l1", .initialCell, 1, [2]),
      ("head.weight", .readoutWeights, nil, [2, 4]), ("head.bias", .readoutBias, nil, [4]),
    ]
    #expect(layout.entries.count == expected.count)
    var offset = 0
    for (entry, (name, role, layer, shape)) in zip(layout.entries, expected) {
      #expect(entry.name == name && entry.role == role && entry.layer == layer && entry.shape == shape)
      #expect(entry.range == offset..<offset + shape.reduce(1, *))
      #expect(layout[name] == entry)
      offset = entry.range.upperBound
    }
    #expect(layout.count == offset)
    #expect(layout["weight_hh_l2"] == nil)
  }

  /// The engine and the oracle order the parameters in the same way with all options.
  @Test func `equals the oracle's table`() {
    for peepholes in [false, true] {
      for learnsState in [false, true] {
        for outputs in [nil, 4] as [Int?] {
          let layout = ParameterLayout(
            LSTMConfiguration(
              inputSize: 3, hiddenSizes: [5, 2, 7], peepholes: peepholes, learnsInitialState: learnsState,
              readout: outputs.map { .init(outputSize: $0) }))
          let oracle = ReferenceShape(
            inputSize: 3, hiddenSizes: [5, 2, 7], peepholes: peepholes, learnsInitialState: learnsState,
            outputSize: outputs)
          #expect(layout.entries.map(\.name) == oracle.tensors.map(\.name))
          #expect(layout.entries.map(\.shape) == oracle.tensors.map(\.shape))
          #expect(layout.entries.map(\.offset) == oracle.tensors.map(\.offset))
        }
      }
    }
  }

  @Test func `ranges by role and layer`() {
    let layout = ParameterLayout(Self.full)
    #expect(layout.ranges(of: .bias) == [layout["bias_ih_l0"]!.range, layout["bias_ih_l1"]!.range])
    #expect(layout.ranges(of: .bias, layer: 1) == [layout["bias_ih_l1"]!.range])
    #expect(layout.ranges(of: .readoutBias) == [layout["head.bias"]!.range])
    #expect(ParameterLayout.Role.allCases.flatMap { layout.ranges(of: $0) }.map(\.count).reduce(0, +) == layout.count)
  }

  @Test func `tensors by name`() throws {
    var model = try LSTM<Double>(Self.full, seed: 1)
    let before = model
    let tensor = Tensor<Double>(repeating: 0.5, shape: [5, 8])
    try model.setTensor("weight_ih_l1", to: tensor)
    #expect(try model.tensor("weight_ih_l1") == tensor)
    let range = model.layout["weight_ih_l1"]!.range
    for index in model.parameters.indices {
      #expect(model.parameters[index] == (range.contains(index) ? 0.5 : before.parameters[index]))
    }
    #expect(throws: GatewiseError.shapeMismatch(name: "weight_ih_l1", expected: [5, 8], found: [8, 5])) {
      try model.setTensor("weight_ih_l1", to: Tensor(repeating: 0, shape: [8, 5]))
    }
    #expect {
      try model.tensor("weight_ih_l7")
    } throws: { error in
      "\(error)".hasPrefix("The model has no parameter weight_ih_l7; it has weight_ih_l0, weight_hh_l0, ")
    }
  }
}
