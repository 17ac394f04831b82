import GatewiseReference
import Testing

/// The numbers of weights that the papers give for their networks (the book's Equations, Published figures).
@Suite struct PublishedSizeTests {
  /// A network of blocks × cells, and the number of its weights.
  struct Network: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let blocks: Int
    let inputSize: Int
    let outputSize: Int
    let cell: ReferenceCell
    let peepholes: Bool
    let biases: ReferenceBiases
    let seesInput: Bool
    let weights: Int

    init(
      _ name: String, _ inputSize: Int, _ outputSize: Int, blocks: Int, _ cell: ReferenceCell,
      biases: ReferenceBiases = ReferenceBiases(), peepholes: Bool = false, seesInput: Bool = false, weights: Int
    ) {
      testDescription = name
      self.blocks = blocks
      (self.inputSize, self.outputSize, self.cell) = (inputSize, outputSize, cell)
      (self.biases, self.peepholes, self.seesInput, self.weights) = (biases, peepholes, seesInput, weights)
    }

    var shape: ReferenceShape {
      ReferenceShape(
        inputSize: inputSize, hiddenSizes: [blocks * cell.cellsPerBlock], cell: cell, peepholes: peepholes,
        biases: biases, outputSize: outputSize, seesInput: seesInput)
    }
  }

  static let networks = [
    Network(
      "1997 embedded Reber, 4x1", 7, 7, blocks: 4, .lstm1997(), biases: ReferenceBiases(cells: false, outputs: false),
      weights: 264),
    Network(
      "1997 embedded Reber, 3x2", 7, 7, blocks: 3, .lstm1997(cellsPerBlock: 2),
      biases: ReferenceBiases(cells: false, outputs: false), weights: 276),
    Network(
      "1997 long lag with noise", 1, 1, blocks: 3, .lstm1997(), biases: ReferenceBiases(outputs: false), weights: 102),
    Network("1997 adding, multiplication", 2, 1, blocks: 2, .lstm1997(cellsPerBlock: 2), weights: 93),
    Network("1997 temporal order a", 8, 4, blocks: 2, .lstm1997(cellsPerBlock: 2), weights: 156),
    Network("1997 temporal order b", 8, 8, blocks: 3, .lstm1997(cellsPerBlock: 2), weights: 308),
    Network(
      "2000 continual Reber", 7, 7, blocks: 4, .lstm2000(cellsPerBlock: 2), biases: ReferenceBiases(cells: false),
      seesInput: true, weights: 424),
    Network("2002 timing", 1, 1, blocks: 1, .lstm2002(), peepholes: true, weights: 17),
  ]

  @Test(arguments: networks)
  func weights(of network: Network) {
    let count = network.shape.parameterCount
    print("\(network.testDescription): \(count) weights, published \(network.weights)")
    #expect(count == network.weights)
  }
}
