import Foundation
import Testing

@testable import Gatewise

@Suite("Files of models with other cells than the default")
struct FamilyFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ configuration: LSTMConfiguration) throws -> SafetensorsFile {
    try LSTM<Double>(configuration, seed: 1).write(to: folder.file("model"))
    return try SafetensorsFile(path: folder.file("model"))
  }

  @Test("The metadata of a plain model has no new options; others have the second format")
  func format() throws {
    let plain = try write(LSTMConfiguration(inputSize: 2, hiddenSizes: [3], readout: .init(outputSize: 1)))
    #expect(
      plain.metadata["gatewise"]
        == #"{"configuration":{"hiddenSizes":[3],"inputSize":2,"learnsInitialState":false,"peepholes":false,"#
        + #""readout":{"outputSize":1,"position":"everyStep"}},"extras":{},"format":1}"#)
    for other in [
      LSTMConfiguration(inputSize: 2, hiddenSizes: [4], cell: .lstm2000(cellsPerBlock: 2)),
      LSTMConfiguration(inputSize: 2, hiddenSizes: [4], biases: .none),
      LSTMConfiguration(inputSize: 2, hiddenSizes: [4], readout: .init(outputSize: 1, seesInput: true)),
    ] {
      #expect(try write(other).metadata["gatewise"]?.contains(#""format":2"#) == true)
    }
  }

  @Test("The tensors of blocks, gate recurrence, shortcuts and partial biases")
  func tensors() throws {
    let file = try write(
      LSTMConfiguration(
        inputSize: 3, hiddenSizes: [4], cell: .lstm1997(cellsPerBlock: 2), peepholes: true,
        biases: Biases(gates: true, cells: false, outputs: false), readout: .init(outputSize: 5, seesInput: true)))
    // C = 2 + 4 + 2 columns of i, g and o; G = 4 gates of two kinds.
    let shapes = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0.shape) })
    #expect(
      shapes == [
        "weight_ih_l0": [8, 3], "weight_hh_l0": [8, 4], "weight_gh_l0": [8, 4], "bias_ih_l0": [4], "bias_hh_l0": [4],
        "peephole_l0": [2, 4], "head.weight": [5, 4], "head.input_weight": [5, 3],
      ])
  }

  @Test("A state with gate activations is written to a file and read back")
  func state() throws {
    let configuration = LSTMConfiguration(inputSize: 2, hiddenSizes: [4, 2], cell: .lstm1997(cellsPerBlock: 2))
    let model = try LSTM<Double>(configuration, seed: 1)
    let x = Tensor<Double>(repeating: 0.3, shape: [3, 2, 2])
    let state = try model.forward(x).finalState
    #expect(state.gates.map(\.shape) == [[2, 4], [2, 2]])
    try SafetensorsFile.write(state.namedTensors(hidden: "h0", cell: "c0", gates: "g0"), to: folder.file("state"))
    let file = try SafetensorsFile(path: folder.file("state"))
    #expect(try LSTMState<Double>(in: file, for: configuration, batchSize: 2) == state)
    // Without its gates the same state gives different outputs: they are part of it.
    var without = state
    without.gates = LSTMState(zerosFor: configuration, batchSize: 2).gates
    let (whole, part) = try (model.forward(x, initialState: state), model.forward(x, initialState: without))
    #expect(whole.output != part.output)
    without.gates = []
    #expect(
      throws: GatewiseError.invalidArgument(
        "The state has gate activations for 0 layers, but the model has 2.")
    ) { try model.forward(x, initialState: without) }
  }

  @Test(
    "Invalid configurations are refused with the reason",
    arguments: [
      (
        LSTMConfiguration(inputSize: 1, hiddenSizes: [4, 3], cell: MemoryCell(cellsPerBlock: 2)),
        "The hidden size of layer 1 must be a multiple of the 2 cells of a memory block, but is 3."
      ),
      (
        LSTMConfiguration(inputSize: 1, hiddenSizes: [4], cell: MemoryCell(cellsPerBlock: 0)),
        "The number of cells per memory block must be at least 1, but is 0."
      ),
      (
        LSTMConfiguration(
          inputSize: 1, hiddenSizes: [4], readout: .init(outputSize: 1, position: .lastStep, seesInput: true)),
        "A readout of the last step cannot read the input, because a sequence may have no steps; use a readout of "
          + "every step."
      ),
    ])
  func refused(_ configuration: LSTMConfiguration, _ sentence: String) {
    #expect(throws: GatewiseError.invalidArgument(sentence)) { try LSTM<Float>(configuration, seed: 1) }
  }

  @Test("bfloat16 weights need the default cell")
  func halved() throws {
    let model = try LSTM<Float>(
      LSTMConfiguration(inputSize: 1, hiddenSizes: [4], cell: .lstm2000(cellsPerBlock: 2)), seed: 1)
    #expect(
      throws: GatewiseError.invalidArgument(
        "bfloat16 weights need the tile, which runs the default cell alone, without projection, normalization and "
          + "zoneout; store them in full.")
    ) { try StreamingSession(model, weights: .bfloat16) }
  }
}
