import Foundation
import Gatewise
import GatewiseRuns
import Testing

@Suite("gatewise predict")
struct PredictTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test("agrees with PyTorch in y, hT and cT", arguments: ["packed-l2-f64", "packed-l2-f32", "head-l2-f32"])
  func agreesWithPyTorch(_ name: String) throws {
    let fixture = try Fixture(name)
    let output = folder.path("y.safetensors")
    try Executable.succeed([
      "predict", try fixture.writeModel(to: folder.path("model.safetensors")), "--input",
      try fixture.writeInput(to: folder.path("x.safetensors")), "--output", output,
    ])
    let found = try SafetensorsFile(path: output)
    #expect(found.entries.count == 3)
    for name in ["y", "hT", "cT"] {
      let difference = try difference(name, in: found, from: name, in: fixture.file)
      print("predict \(fixture.name) \(name): relative difference \(difference)")
      #expect(difference <= fixture.tolerance)
    }
  }

  @Test("writes the cell states and gates of every layer, which reproduce the outputs")
  func allStates() throws {
    let fixture = try Fixture("packed-l2-f64")
    let output = folder.path("y.safetensors")
    try Executable.succeed([
      "predict", try fixture.writeModel(to: folder.path("model.safetensors")), "--input",
      try fixture.writeInput(to: folder.path("x.safetensors")), "--output", output, "--all-states",
    ])
    let found = try SafetensorsFile(path: output)
    #expect(found["c_l0"]?.shape == [6, 5, 6] && found["gates_l0"]?.shape == [6, 5, 24])
    let (y, c) = (try found.tensor("y", as: Double.self), try found.tensor("c_l1", as: Double.self))
    let gates = try found.tensor("gates_l1", as: Double.self)
    let c0 = try fixture.file.tensor("c0", as: Double.self)
    let lengths = try fixture.file.integers("lengths")
    var worst = 0.0
    for t in 0..<6 {
      for n in 0..<5 {
        for j in 0..<6 {
          let (i, f, g, o) = (gates[t, n, j], gates[t, n, 6 + j], gates[t, n, 12 + j], gates[t, n, 18 + j])
          // c = f∘c₋ + i∘g and y = o∘tanh c; padding is zero.
          let before = t == 0 ? c0[1, n, j] : c[t - 1, n, j]
          let cell = t < lengths[n] ? f * before + i * g : 0
          worst = max(worst, abs(c[t, n, j] - cell), abs(y[t, n, j] - o * tanh(c[t, n, j])))
        }
      }
    }
    print("predict --all-states: largest difference \(worst)")
    #expect(worst <= 1e-14)
  }

  @Test("reads and writes NumPy arrays of two and three dimensions", arguments: [[5, 3, 5], [15, 5]])
  func numPy(_ shape: [Int]) throws {
    let fixture = try Fixture("lstm-l2-f64")
    let model = try fixture.writeModel(to: folder.path("model.safetensors"))
    let elements = try fixture.file.tensor("x", as: Double.self).elements
    try NumPyFile.write(Tensor(shape: shape, elements: elements), to: folder.path("x.npy"))
    try Executable.succeed(["predict", model, "--input", folder.path("x.npy"), "--output", folder.path("y.npy")])
    let y = try NumPyFile(path: folder.path("y.npy"))
    let input = try Tensor(shape: shape.count == 3 ? shape : [15, 1, 5], elements: elements)
    let expected = try LSTM<Double>(contentsOf: model).forward(input).output
    #expect(y.shape == shape.dropLast() + [7] && y.dataType == .float64)
    #expect(y.tensor(Double.self).elements == expected.elements)
  }

  @Test("writes forecasts of a table in its own units, with a header")
  func forecast() throws {
    // With all parameters zero the model forecasts the mean change, here 10 per row.
    let rows = (0..<20).map { "d\($0),\(100 + 10 * $0)" }
    let table = try folder.write((["date,load"] + rows).joined(separator: "\n") + "\n", to: "load.csv")
    let encoding = try ForecastData(table: Table(path: table), targets: ["load"]).series.encoding
    let configuration = LSTMConfiguration(
      inputSize: encoding.inputSize, hiddenSizes: [2], readout: .init(outputSize: encoding.outputSize))
    let count = try LSTM<Float>(configuration, seed: 1).layout.count
    let model = folder.path("model.safetensors")
    try LSTM<Float>(configuration, parameters: Array(repeating: 0, count: count)).write(
      to: model, extras: [ModelData.extraName: ModelData.forecast(encoding: encoding).json])
    let output = folder.path("forecast.csv")
    try Executable.succeed(["predict", model, "--input", table, "--output", output])
    let forecast = try Table(path: output)
    #expect(forecast.columns == ["row", "load"])
    #expect(try forecast.numbers(in: "load") == (0..<20).map { 110 + 10 * Double($0) })
    #expect(try forecast.numbers(in: "row") == (0..<20).map { 2 + Double($0) })
    let other = try folder.write("day,x\n1,2\n", to: "other.csv")
    try Executable.fail(
      ["predict", model, "--input", other, "--output", output], status: 1, saying: "other.csv", "load")
    #expect(try Table(path: output).columns == ["row", "load"])
  }

  @Test("reads a table's rows unchanged for a model that was not trained on a table")
  func plainTable() throws {
    let model = try Fixture("lstm-l1-f64").writeModel(to: folder.path("model.safetensors"))
    let table = try folder.write("a,b,c,d\n1,2,3,4\n0.5,0.25,-1,2\n", to: "x.csv")
    try Executable.succeed(["predict", model, "--input", table, "--output", folder.path("y.csv")])
    let y = try Table(path: folder.path("y.csv"))
    try Executable.fail(
      ["predict", model, "--input", table, "--output", folder.path("y.csv"), "--weights", "bfloat16"], status: 1,
      saying: "bfloat16", "float64")
    let expected = try LSTM<Double>(contentsOf: model).forward(
      Tensor(shape: [2, 1, 4], elements: [1, 2, 3, 4, 0.5, 0.25, -1, 2])
    ).output
    #expect(y.columns == ["y0", "y1", "y2", "y3", "y4"])
    for j in 0..<5 { #expect(try y.numbers(in: "y\(j)") == [expected[0, 0, j], expected[1, 0, j]]) }
    let two = try folder.write("a,b\n1,2\n", to: "two.csv")
    try Executable.fail(
      ["predict", model, "--input", two, "--output", folder.path("y.csv")], status: 1, saying: "two.csv", "2 columns",
      "4 numbers")
  }

  @Test("reports formats that cannot be combined")
  func kinds() throws {
    let fixture = try Fixture("lstm-l1-f64")
    let model = try fixture.writeModel(to: folder.path("model.safetensors"))
    let input = try fixture.writeInput(to: folder.path("x.safetensors"))
    for (output, more, word) in [
      ("y.txt", [], "--output"), ("y.csv", [], "CSV"), ("y.npy", ["--all-states"], "--all-states"),
      ("x.safetensors", [], "is a file that is read"),
    ] {
      try Executable.fail(
        ["predict", model, "--input", input, "--output", folder.path(output)] + more, status: 64, saying: word)
    }
    #expect(try folder.names == ["model.safetensors", "x.safetensors"])
  }
}
