import GatewiseDerivation
import GatewiseReference
import Testing

@testable import Gatewise

/// What must not agree: a comparison that passes here would pass with anything.
@Suite struct FamilyDistinctionTests {
  /// R1 against the stop-gradient network: the same in the highest layer, another gradient below it.
  @Test(arguments: [MemoryCell.lstm1997(cellsPerBlock: 2), .lstm2000(cellsPerBlock: 2), .vanilla])
  func `R1 is not the gradient of the stopped network below the top`(_ cell: MemoryCell) throws {
    for hidden in [[6, 4], [4, 6, 4]] {
      let drawn = try RandomProblem(
        configuration: LSTMConfiguration(inputSize: 3, hiddenSizes: hidden, cell: cell, peepholes: true), steps: 7,
        batchSize: 3
      ).make()
      let oracle = OracleAnswer(drawn.reference(.recurrentCut(.detached)))
      let found = try drawn.gradients(rule: .truncatedRTRL(), Engine.family[0])
      let differences = Dictionary(
        uniqueKeysWithValues: oracle.differences(of: found, layout: drawn.model.layout).map { ($0.name, $0.difference) }
      )
      var (top, below) = (0.0, Double.infinity)
      for entry in drawn.model.layout.entries {
        let difference = differences[entry.name]!
        if entry.layer == hidden.count - 1 { top = max(top, difference) } else { below = min(below, difference) }
      }
      print(
        "\(cell.gating), S \(cell.cellsPerBlock), H \(hidden), R1 and the stopped network: top \(top), below \(below)")
      #expect(top <= 1e-12)
      #expect(below > 0.05)
    }
  }

  /// The two conventions of a tied gate have the same parameters.
  @Test(arguments: [(MemoryCell.Gating.keepInput, ReferenceCell.Gating.keepForget), (.keepForget, .keepInput)])
  func `a tied gate is not that of the other convention`(
    _ gating: (own: MemoryCell.Gating, other: ReferenceCell.Gating)
  )
    throws
  {
    for S in [1, 2] {
      let drawn = try RandomProblem(
        configuration: LSTMConfiguration(
          inputSize: 3, hiddenSizes: [4, 2], cell: MemoryCell(cellsPerBlock: S, gating: gating.own), peepholes: true),
        steps: 6, batchSize: 3
      ).make()
      let other = OracleAnswer(drawn.reference(.full, cell: ReferenceCell(cellsPerBlock: S, gating: gating.other)))
      let found = try drawn.gradients(Engine.family[0])
      let output = Agreement.difference(found.output.elements, other.outputs.y)
      let closest = other.differences(of: found, layout: drawn.model.layout).map(\.difference).min()!
      print("\(gating.own), S \(S), and the other convention: outputs \(output), closest tensor \(closest)")
      #expect(output > 0.05)
      #expect(closest > 0.05)
    }
  }

  /// Gates that feed back are heard, forward and back.
  @Test func `gates that feed back are not without effect`() throws {
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(inputSize: 3, hiddenSizes: [4, 2], cell: .lstm1997(cellsPerBlock: 2)), steps: 6,
      batchSize: 3
    ).make()
    var deaf = drawn.model
    for entry in deaf.layout.entries where entry.role == .gateWeights {
      try deaf.setTensor(entry.name, to: Tensor(repeating: 0, shape: entry.shape))
    }
    let (heard, unheard) = (
      try drawn.model.gradients(of: drawn.batch, initialState: drawn.initialState),
      try deaf.gradients(of: drawn.batch, initialState: drawn.initialState)
    )
    let output = Agreement.difference(unheard.output.elements, heard.output.elements)
    print("gates that feed back and gates that do not: outputs \(output)")
    #expect(output > 0.05)
    #expect(unheard.initialState.gates.allSatisfy { $0.elements.allSatisfy { $0 == 0 } })
    #expect(heard.initialState.gates.allSatisfy { !$0.elements.contains(0) })
  }

  /// A block is not so many cells with gates of their own: its peepholes see all of its cells.
  @Test func `a block's peepholes see all of its cells`() throws {
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(
        inputSize: 2, hiddenSizes: [2], cell: MemoryCell(cellsPerBlock: 2), peepholes: true), steps: 1, batchSize: 1
    ).make()
    var changed = drawn.initialState!
    changed.cell[0].elements[1] += 0.5
    let (before, after) = (
      try drawn.model.forward(drawn.batch, initialState: drawn.initialState),
      try drawn.model.forward(drawn.batch, initialState: changed)
    )
    let moved = abs(after.finalState.cell[0].elements[0] - before.finalState.cell[0].elements[0])
    print("cell 0 of a block moves by \(moved) where cell 1 moves by 0.5")
    #expect(moved > 1e-3)
  }
}
