import GatewiseReference
import Testing

/// A member of the family of cells in a small network; together they cover every option, alone and combined.
struct FamilyCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let shape: ReferenceShape
  var lengths: [Int]? = nil

  static let gatings = ReferenceCell.Gating.allCases.flatMap { gating in
    [1, 2].map { S in
      FamilyCase(
        testDescription: "\(gating), S \(S)",
        shape: ReferenceShape(
          inputSize: 2, hiddenSizes: [4, 2],
          cell: ReferenceCell(cellsPerBlock: S, gating: gating, gateRecurrence: S == 2), peepholes: true),
        lengths: [3, 0, 4])
    }
  }

  static let squashes = ReferenceCell.Squash.plain.map { squash in
    FamilyCase(
      testDescription: "g and h \(squash)",
      shape: ReferenceShape(
        inputSize: 2, hiddenSizes: [4],
        cell: ReferenceCell(cellsPerBlock: 2, inputSquash: squash, outputSquash: squash), peepholes: true))
  }

  static let others = [
    FamilyCase(
      testDescription: "1997",
      shape: ReferenceShape(inputSize: 2, hiddenSizes: [3, 6], cell: .lstm1997(cellsPerBlock: 3))
    ),
    FamilyCase(
      testDescription: "2000",
      shape: ReferenceShape(
        inputSize: 3, hiddenSizes: [4], cell: .lstm2000(cellsPerBlock: 2), biases: ReferenceBiases(cells: false),
        outputSize: 2, seesInput: true), lengths: [4, 1, 3]),
    FamilyCase(
      testDescription: "2002",
      shape: ReferenceShape(inputSize: 2, hiddenSizes: [2, 4], cell: .lstm2002(cellsPerBlock: 2), peepholes: true)),
    FamilyCase(
      testDescription: "gates that feed back, learned state, last readout",
      shape: ReferenceShape(
        inputSize: 2, hiddenSizes: [4, 2], cell: ReferenceCell(cellsPerBlock: 2, gateRecurrence: true), peepholes: true,
        learnsInitialState: true, outputSize: 2, readsLastStepOnly: true), lengths: [2, 0, 4]),
    FamilyCase(
      testDescription: "no bias at all",
      shape: ReferenceShape(
        inputSize: 2, hiddenSizes: [3, 2], biases: ReferenceBiases(gates: false, cells: false, outputs: false),
        outputSize: 2)),
    FamilyCase(
      testDescription: "biases of cells alone",
      shape: ReferenceShape(
        inputSize: 2, hiddenSizes: [4], cell: .lstm1997(cellsPerBlock: 2), biases: ReferenceBiases(gates: false))),
  ]

  static let all = gatings + squashes + others

  func problem(seed: UInt64) -> ReferenceProblem {
    shape.randomProblem(steps: 4, batchSize: 3, lengths: lengths, seed: seed)
  }
}
