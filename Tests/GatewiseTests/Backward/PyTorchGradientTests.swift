import Testing

@testable import Gatewise

/// Outputs and every gradient against torch.nn.LSTM: 1e-10 in Double and 1e-5 in Float, with every engine there is
/// here.
@Suite struct PyTorchGradientTests {
  static let names = [
    "lstm-l1", "lstm-l2", "lstm-l3", "packed-l2", "head-l2", "bidirectional-l2", "projection-l2",
    "bidirectional-projection-l2", "nobias-bidirectional-l1",
  ]

  @Test(arguments: names) func `float64 agrees with PyTorch`(_ name: String) throws {
    try check(name, Double.self, tolerance: 1e-10)
  }

  @Test(arguments: names) func `float32 agrees with PyTorch`(_ name: String) throws {
    try check(name, Float.self, tolerance: 1e-5)
  }

  private func check<S: Scalar>(_ name: String, _ type: S.Type, tolerance: Double) throws {
    let fixture = try PyTorchFixture<S>(name)
    let lengths = fixture.file["lengths"] == nil ? nil : try fixture.file.integers("lengths")
    let expected = try fixture.gradients()
    var worst = WorstDifference()
    func compare<A: Scalar>(_ tensor: String, _ found: [A], _ expected: [A]) {
      let difference = Agreement.difference(found, expected)
      #expect(difference <= tolerance, "\(tensor) of \(name)")
      worst.note(difference, tensor)
    }
    func compare(_ state: LSTMState<S>, _ hidden: String, _ cell: String) throws {
      compare(hidden, state.hidden.flatMap(\.elements), try fixture.tensor(hidden).elements)
      compare(cell, state.cell.flatMap(\.elements), try fixture.tensor(cell).elements)
    }
    for engine in Engine.all {
      let execution = try engine.execution()
      let found = try fixture.model.gradients(
        of: fixture.tensor("x"), lengths: lengths, initialState: fixture.state("h0", "c0"),
        outputGradient: fixture.tensor("dy"), finalStateGradient: fixture.state("dhT", "dcT"), execution: execution)
      compare("y", found.output.elements, try fixture.tensor("y").elements)
      compare("dx", found.input.elements, try fixture.tensor("dx").elements)
      try compare(found.finalState, "hT", "cT")
      try compare(found.initialState, "dh0", "dc0")
      for entry in fixture.model.layout.entries {
        compare("d.\(entry.name)", Array(found.parameters[entry.range]), Array(expected[entry.range]))
      }
    }
    print("PyTorch's \(name) in \(S.dataType.rawValue): worst \(worst.difference) (\(worst.place))")
  }
}
