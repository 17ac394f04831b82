import Testing

@testable import Gatewise

/// A member of the family of cells in a stack, with options of the model, its data and its batch.
///
/// Every gating is there with every number of cells a block, with and without gates that feed back; the functions g and
/// h, depths, peepholes, biases and kinds of data go round beside them in cycles of other lengths, so that each meets
/// most of the others.
struct FamilyMember: Sendable, CustomTestStringConvertible {
  let configuration: LSTMConfiguration
  let data: Data
  let index: Int

  /// What a member is run on.
  enum Data: CaseIterable {
    /// A state is given; the top layer's h is the output.
    case plain
    /// A learned initial state; lengths from 0 to T.
    case learnedRagged
    /// Indices, a readout that sees the input, a learned state, lengths from 0 to T.
    case tokensWithShortcut
    /// A readout of the last step, a given state, lengths from 0 to T.
    case lastStep
    /// A readout of every step that sees the input, a given state.
    case shortcut
  }

  static let T = 6
  static let N = 4

  private static let stacks = [[2], [2, 1], [1, 2, 1]]  // times 2 for S = 1, else times S
  private static let biases = [
    Biases.all, Biases(gates: true, cells: false, outputs: true), Biases(gates: false, cells: true, outputs: false),
    Biases.none, Biases(gates: true, cells: true, outputs: false),
  ]

  static let all: [FamilyMember] = {
    var members: [FamilyMember] = []
    for (S, gating) in [1, 2, 3].flatMap({ S in MemoryCell.Gating.allCases.map { (S, $0) } }) {
      for gateRecurrence in [false, true] {
        let i = members.count
        let g = Activation.allCases[i % 7]
        let h = Activation.allCases[(3 * i + 1 + i / 7) % 7]
        let data = Data.allCases[(i + i / 5) % 5]
        let readout: LSTMConfiguration.Readout? =
          switch data {
          case .plain, .learnedRagged: nil
          case .tokensWithShortcut, .shortcut: .init(outputSize: 2, seesInput: true)
          case .lastStep: .init(outputSize: 3, position: .lastStep)
          }
        members.append(
          FamilyMember(
            configuration: LSTMConfiguration(
              inputSize: 3, hiddenSizes: stacks[(i + i / 3) % 3].map { $0 * max(2, S) },
              cell: MemoryCell(
                cellsPerBlock: S, gating: gating, inputActivation: g, outputActivation: h,
                gateRecurrence: gateRecurrence),
              peepholes: i % 4 != 2, biases: biases[(2 * i + i / 5) % 5],
              learnsInitialState: data == .learnedRagged || data == .tokensWithShortcut, readout: readout),
            data: data, index: i))
      }
    }
    return members
  }()

  /// The presets of the papers, and cells with bounds that are reached, in a stack of two.
  static let presets: [FamilyMember] = [
    (MemoryCell.lstm1997(cellsPerBlock: 2), false), (.lstm1997(cellsPerBlock: 1, gateRecurrence: false), false),
    (.lstm2000(cellsPerBlock: 2), false), (.lstm2002(cellsPerBlock: 2), true), (.lstm2002(), true),
    (MemoryCell(cellsPerBlock: 2, cellClip: 0.3), true), (MemoryCell(gating: .inputOnly, cellClip: 0.5), false),
    (MemoryCell(preActivationClip: 0.5), true),
  ].enumerated().map { index, preset in
    FamilyMember(
      configuration: LSTMConfiguration(
        inputSize: 3, hiddenSizes: [4, 2], cell: preset.0, peepholes: preset.1,
        readout: .init(outputSize: 2, seesInput: true)),
      data: .shortcut, index: 100 + index)
  }

  /// Those whose gates see the cell state.
  static let withPeepholes = all.filter(\.configuration.peepholes)

  var testDescription: String {
    let cell = configuration.cell
    return "\(index): \(cell.gating), S \(cell.cellsPerBlock), g \(cell.inputActivation), h \(cell.outputActivation), "
      + "gates \(cell.gateRecurrence ? "feed back" : "do not"), H \(configuration.hiddenSizes), \(data)"
  }

  var problem: RandomProblem {
    let isRagged = data == .learnedRagged || data == .tokensWithShortcut || data == .lastStep
    return RandomProblem(
      configuration: configuration, steps: Self.T, batchSize: Self.N, lengths: isRagged ? [4, 0, 6, 1] : nil,
      isToken: data == .tokensWithShortcut, isStateGiven: !configuration.learnsInitialState, seed: UInt64(index + 1))
  }
}

extension Engine {
  /// The family's cells run on the plain path, whatever path is asked for and whatever the processor.
  static let family = [Engine(set: .portable, path: .plain), Engine(set: all[0].set, path: .tile)]
}
