import Testing

@testable import Gatewise

@Suite struct InstructionSetTests {
  @Test func `what GATEWISE_ISA selects`() {
    #expect(InstructionSet.choose(nil) == .success(InstructionSet.supported[0]))
    #expect(InstructionSet.choose("") == .success(InstructionSet.supported[0]))
    for set in InstructionSet.supported { #expect(InstructionSet.choose(set.rawValue) == .success(set)) }
    #expect(InstructionSet.supported.last == .portable)
    print("instruction sets: \(InstructionSet.supported.map(\.rawValue))")
  }

  @Test func `an unknown name is refused`() {
    for name in ["sse9", "AVX2", "avx2 ", "plain"] {
      guard case .failure(.invalidArgument(let sentence)) = InstructionSet.choose(name) else {
        Issue.record("\(name) was accepted")
        continue
      }
      #expect(sentence.hasPrefix("GATEWISE_ISA=\(name) is not an instruction set; this processor supports "))
      #expect(sentence.contains("portable"))
    }
  }

  /// Every processor lacks at least one set: none has both NEON and AVX.
  @Test func `the error names the missing processor features`() throws {
    let missing = InstructionSet.allCases.filter { !$0.isSupported }
    #expect(!missing.isEmpty)
    for set in missing {
      guard case .failure(.invalidArgument(let sentence)) = InstructionSet.choose(set.rawValue) else {
        Issue.record("\(set) was accepted")
        continue
      }
      print("GATEWISE_ISA=\(set): \(sentence)")
      #expect(sentence.hasPrefix("GATEWISE_ISA=\(set) cannot run here: the processor lacks "))
      #expect(!sentence.contains("lacks ;"))
      #expect(throws: GatewiseError.self) { try Kernels<Float>(for: set) }
      let execution = Execution(team: try .shared(), instructionSet: set)
      let model = try LSTM<Float>(LSTMConfiguration(inputSize: 1, hiddenSizes: [2]), seed: 1)
      #expect(throws: GatewiseError.self) {
        try model.forward(Tensor(repeating: 0, shape: [1, 1, 1]), execution: execution)
      }
    }
  }
}
