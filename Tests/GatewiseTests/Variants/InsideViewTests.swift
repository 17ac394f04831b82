import Testing

@testable import Gatewise

/// What a pass did inside, and a backward pass over what somebody else's forward pass did.
@Suite struct InsideViewTests {
  private static let members =
    (VariantMember.alone
    + FamilyMember.presets.map { member in
      VariantMember(name: member.testDescription, configuration: member.configuration, lengths: [4, 0, 6, 1])
    }).filter { $0.configuration.regularization == .none }

  @Test func `deltas are those whose sums are the gradients`() throws {
    var worst = WorstDifference()
    for member in Self.members where !member.isToken && member.configuration.embeddingSize == nil {
      let drawn = try member.problem.make()
      for engine in Engine.family {
        let found = try drawn.model.gradients(
          of: drawn.batch, initialState: drawn.initialState, outputGradient: drawn.outputGradient,
          finalStateGradient: drawn.finalStateGradient, recordsDeltas: true, execution: engine.execution())
        let layout = drawn.model.layout
        for (k, layer) in layout.layers.enumerated() {
          let (delta, C) = (found.deltas[k], layer.columns.count)
          #expect(delta.shape == [VariantMember.T, VariantMember.N, C])
          var sums = [Double](repeating: 0, count: C)
          for index in delta.elements.indices { sums[index % C] += delta.elements[index] }
          let db = layout.entries.first {
            $0.role == .bias && $0.layer == layer.index && $0.isReverse == layer.isReverse
          }
          if let db, layer.bias.isFull {
            let difference = Agreement.difference(sums, Array(found.parameters[db.range]))
            #expect(difference <= 1e-12, "b of \(k), \(member.name)")
            worst.note(difference, member.name)
          }
          guard layer.index == 0, drawn.model.configuration.normalization != .productsAndCell,
            drawn.model.configuration.normalization != .gates
          else { continue }
          var dW = [Double](repeating: 0, count: 3 * C)
          for row in 0..<VariantMember.T * VariantMember.N {
            if let lengths = member.lengths, row / VariantMember.N >= lengths[row % VariantMember.N] { continue }
            for i in 0..<3 {
              for c in 0..<C { dW[i * C + c] += drawn.denseInput[row * 3 + i] * delta.elements[row * C + c] }
            }
          }
          let entry = layout.entries.first {
            $0.role == .inputWeights && $0.layer == 0 && $0.isReverse == layer.isReverse
          }!
          let difference = Agreement.difference(dW, Array(found.parameters[entry.range]))
          #expect(difference <= 1e-12, "W of \(k), \(member.name)")
          worst.note(difference, member.name)
        }
      }
    }
    print("sums of recorded deltas and gradients: worst \(worst.difference) (\(worst.place))")
  }

  @Test func `a backward pass over given h, c and gates is that of the forward pass they come from`() throws {
    var worst = WorstDifference()
    for member in Self.members where member.configuration.normalization == nil && !member.isToken {
      let drawn = try member.problem.make()
      let x = try Tensor(
        shape: [VariantMember.T, VariantMember.N, member.configuration.inputSize], elements: drawn.batch.inputs)
      for engine in Engine.family {
        let expected = try drawn.gradients(engine)
        var records = try drawn.forward(engine, recordsLayers: true).layers
        // Padding is not read.
        for (k, n) in records.indices.flatMap({ k in (0..<4).map { (k, $0) } }) {
          guard let lengths = member.lengths else { continue }
          for t in lengths[n]..<VariantMember.T {
            let H = records[k].cells.shape[2]
            for j in 0..<H { records[k].cells.elements[(t * VariantMember.N + n) * H + j] = .nan }
          }
        }
        let found = try drawn.model.gradients(
          of: x, records: records, lengths: member.lengths, initialState: drawn.initialState,
          outputGradient: drawn.outputGradient, finalStateGradient: drawn.finalStateGradient,
          execution: engine.execution())
        for (name, a, b) in [
          ("parameters", found.parameters, expected.parameters), ("x", found.input.elements, expected.input.elements),
          ("y", found.output.elements, expected.output.elements),
          ("h0", found.initialState.hidden.flatMap(\.elements), expected.initialState.hidden.flatMap(\.elements)),
          ("hT", found.finalState.hidden.flatMap(\.elements), expected.finalState.hidden.flatMap(\.elements)),
          ("cT", found.finalState.cell.flatMap(\.elements), expected.finalState.cell.flatMap(\.elements)),
        ] {
          let difference = Agreement.difference(a, b)
          #expect(difference <= 1e-14, "\(name), \(member.name), \(engine)")
          worst.note(difference, "\(name), \(member.name)")
        }
      }
    }
    print("gradients over given records: worst \(worst.difference) (\(worst.place))")
  }

  @Test func `what records cannot say, and rules without deltas, are refused in a sentence`() throws {
    let plain = try LSTM<Double>(LSTMConfiguration(inputSize: 2, hiddenSizes: [3]), seed: 1)
    let x = Tensor<Double>(repeating: 0, shape: [2, 1, 2])
    func sentence(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return ""
    }
    #expect(
      sentence { _ = try plain.gradients(of: x, rule: .bptt(segment: 1), recordsDeltas: true) }.contains("whole window")
    )
    #expect(sentence { _ = try plain.gradients(of: x, records: []) }.contains("0 layers"))
    let record = LayerRecord<Double>(plain.layout.layers[0], steps: 3, batchSize: 1)
    #expect(sentence { _ = try plain.gradients(of: x, records: [record]) }.contains("[2, 1, 3]"))
    let normal = try LSTM<Double>(
      LSTMConfiguration(inputSize: 2, hiddenSizes: [3], normalization: .gates), seed: 1)
    #expect(sentence { _ = try normal.gradients(of: x, records: [record]) }.contains("normalization"))
  }
}
