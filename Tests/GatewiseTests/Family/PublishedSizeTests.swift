import GatewiseDerivation
import GatewiseReference
import Testing

@testable import Gatewise

/// The numbers of weights that the papers give for their networks, from the layout of models like theirs.
@Suite struct PublishedSizeTests {
  typealias Network = (name: String, weights: Int, configuration: LSTMConfiguration)

  private static func network(
    _ name: String, _ inputs: Int, _ outputs: Int, blocks: Int, _ cell: MemoryCell, biases: Biases = .all,
    peepholes: Bool = false, seesInput: Bool = false, weights: Int
  ) -> Network {
    (
      name, weights,
      LSTMConfiguration(
        inputSize: inputs, hiddenSizes: [blocks * cell.cellsPerBlock], cell: cell, peepholes: peepholes, biases: biases,
        readout: .init(outputSize: outputs, seesInput: seesInput))
    )
  }

  static let networks: [Network] = [
    network(
      "1997 embedded Reber, 4x1", 7, 7, blocks: 4, .lstm1997(),
      biases: Biases(gates: true, cells: false, outputs: false), weights: 264),
    network(
      "1997 embedded Reber, 3x2", 7, 7, blocks: 3, .lstm1997(cellsPerBlock: 2),
      biases: Biases(gates: true, cells: false, outputs: false), weights: 276),
    network(
      "1997 long lag with noise", 1, 1, blocks: 3, .lstm1997(),
      biases: Biases(gates: true, cells: true, outputs: false),
      weights: 102),
    network("1997 adding, multiplication", 2, 1, blocks: 2, .lstm1997(cellsPerBlock: 2), weights: 93),
    network("1997 temporal order a", 8, 4, blocks: 2, .lstm1997(cellsPerBlock: 2), weights: 156),
    network("1997 temporal order b", 8, 8, blocks: 3, .lstm1997(cellsPerBlock: 2), weights: 308),
    network(
      "2000 continual Reber", 7, 7, blocks: 4, .lstm2000(cellsPerBlock: 2),
      biases: Biases(gates: true, cells: false, outputs: true), seesInput: true, weights: 424),
    network("2002 timing", 1, 1, blocks: 1, .lstm2002(), peepholes: true, weights: 17),
  ]

  @Test(arguments: networks.indices) func `published numbers of weights`(index: Int) throws {
    let (name, weights, configuration) = Self.networks[index]
    let count = try LSTM<Double>(configuration, seed: 1).layout.count
    print("\(name): \(count) weights, published \(weights)")
    #expect(count == weights)
  }

  /// The engine and the oracle number the parameters of every member alike.
  @Test func `equals the oracle's table`() {
    for configuration in Self.networks.map(\.configuration) + FamilyForwardTests.members.map(\.configuration) {
      let (layout, oracle) = (ParameterLayout(configuration), ReferenceShape(configuration))
      #expect(layout.entries.map(\.name) == oracle.tensors.map(\.name))
      #expect(layout.entries.map(\.shape) == oracle.tensors.map(\.shape))
      #expect(layout.entries.map(\.offset) == oracle.tensors.map(\.offset))
    }
  }

  /// The presets, field by field, as the oracle knows them.
  @Test func `presets of the papers`() {
    for S in [1, 3] {
      for feedback in [false, true] {
        #expect(
          ReferenceCell(.lstm1997(cellsPerBlock: S, gateRecurrence: feedback))
            == .lstm1997(cellsPerBlock: S, gateRecurrence: feedback))
      }
      #expect(ReferenceCell(.lstm2000(cellsPerBlock: S)) == .lstm2000(cellsPerBlock: S))
      #expect(ReferenceCell(.lstm2002(cellsPerBlock: S)) == .lstm2002(cellsPerBlock: S))
    }
    #expect(ReferenceCell(MemoryCell.vanilla) == ReferenceCell())
  }
}
