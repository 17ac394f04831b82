import Foundation
import Gatewise
import Testing

@Suite("gatewise with LSTM variants")
struct CellTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test(
    "train writes a model that predict and check accept",
    arguments: [
      ["--cell", "lstm-1997", "--cells-per-block", "2", "--without-bias", "cells", "--shortcut"],
      ["--cell", "lstm-2002"], ["--cell", "cifg-keep-input", "--input-activation", "softsign"],
      ["--cell", "lstm-1997", "--no-gate-recurrence"], ["--gate-recurrence", "--output-activation", "logistic-1"],
    ])
  func train(_ options: [String]) throws {
    let out = folder.path("run")
    try Executable.succeed(
      [
        "train", "--csv", TrainingData.airline, "--target", "passengers", "--horizon", "1", "--hidden", "4", "--steps",
        "5", "--window", "6", "--out", out,
      ] + options)
    let model = "\(out)/model.safetensors"
    try Executable.succeed(["predict", model, "--input", TrainingData.airline, "--output", folder.path("forecast.csv")])
    let text = try Executable.succeed(["check", model, "--window", "3", "--batch", "2", "--rule", "rtrl"]).output
    #expect(text.contains("entries agree"), "\(options): \(text)")
  }

  @Test("gradients reads gate activations as part of the state, and writes their gradients")
  func gateState() throws {
    let configuration = LSTMConfiguration(inputSize: 2, hiddenSizes: [4], cell: .lstm1997(cellsPerBlock: 2))
    let model = try LSTM<Double>(configuration, seed: 1)
    try model.write(to: folder.path("model"))
    let x = Tensor<Double>(repeating: 0.4, shape: [3, 2, 2])
    let zeros = LSTMState<Double>(zerosFor: configuration, batchSize: 2)
    var (state, error) = (zeros, zeros)
    state.gates = [Tensor(repeating: 0.7, shape: [2, 4])]
    error.gates = [Tensor(repeating: -0.2, shape: [2, 4])]
    try SafetensorsFile.write(
      [.init("x", x)] + [.init("g0", Tensor(repeating: 0.7, shape: [1, 2, 4]) as Tensor<Double>)]
        + [.init("dgT", Tensor(repeating: -0.2, shape: [1, 2, 4]) as Tensor<Double>)], to: folder.path("io"))
    try Executable.succeed(
      ["gradients", folder.path("model"), "--input", folder.path("io"), "--output", folder.path("g")])
    let found = try SafetensorsFile(path: folder.path("g"))
    let expected = try model.gradients(of: x, initialState: state, finalStateGradient: error)
    #expect(try found.tensor("dg0", as: Double.self).elements == expected.initialState.gates[0].elements)
    #expect(try found.tensor("gT", as: Double.self).elements == expected.finalState.gates[0].elements)
    #expect(expected.initialState.gates[0].elements.contains { $0 != 0 })
    #expect(found["d.weight_gh_l0"]?.shape == [8, 4])
  }

  @Test("reports invalid options in one sentence")
  func wrong() throws {
    let check = ["check", "--hidden", "4"]
    try Executable.fail(check + ["--cell", "lstm-1998"], status: 64, saying: "--cell")
    try Executable.fail(
      check + ["--cells-per-block", "0"], status: 64, saying: "--cells-per-block must be at least 1, but is 0")
    try Executable.fail(check + ["--cells-per-block", "3"], status: 1, saying: "multiple of the 3 cells")
    try Executable.fail(check + ["--without-bias", "gate"], status: 64, saying: "--without-bias must be a list")
    try Executable.fail(check + ["--shortcut"], status: 64, saying: "--shortcut needs a readout")
    try Executable.fail(
      check + ["--shortcut", "--outputs", "2", "--last-step"], status: 1, saying: "cannot read the input")
    try Executable.fail(check + ["--delta-clip", "1"], status: 64, saying: "cannot be checked")
    try Executable.fail(
      check + ["--rule", "rtrl", "--delta-clip", "1"], status: 64, saying: "--delta-clip needs --rule")
    try Executable.fail(check + ["--delta-clip", "0"], status: 64, saying: "--delta-clip must be above 0, but is 0")
    try Executable.fail(
      ["derive", "--weight", "layer0.input.bias", "--delta-clip", "1"], status: 64, saying: "cannot be derived"
    )
    try Executable.fail(
      check + ["--without-bias", "outputs"], status: 64, saying: "--without-bias outputs needs a readout")
    try Executable.fail(
      check + ["--input-size", "100000000", "--outputs", "100000000", "--shortcut"], status: 1, saying: "GiB")
    try Executable.fail(["bench", "--rule", "rtrl"], status: 64, saying: "give --hidden")
    let train = ["train", "--text", try folder.write("abcabcabc", to: "text"), "--out", folder.path("none")]
    try Executable.fail(
      train + ["--from", "model", "--cell", "lstm-2000"], status: 64, saying: "--cell is for a new model")
    for cell in [["--cell", "lstm-1997"], ["--without-bias", "gates"]] {
      try Executable.fail(
        train + cell + ["--forget-bias", "2"], status: 64, saying: "--forget-bias needs forget gates")
    }
    try Executable.fail(train + ["--hidden", "9223372036854775807"], status: 1, saying: "--hidden")
  }
}
