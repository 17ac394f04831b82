import Foundation
import Gatewise
import GatewiseRuns
import Testing

/// `--weights` and `--compare` of `gatewise predict`.
@Suite("gatewise predict --weights")
struct PredictWeightsTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Runs `predict`, and returns the printed lines and y.
  private func predict(
    _ model: String, _ input: String, _ arguments: [String] = []
  ) throws -> (lines: [String], y: Tensor<Float>) {
    let output = folder.path("y.safetensors")
    let run = try Executable.succeed(["predict", model, "--input", input, "--output", output] + arguments)
    return (run.lines, try SafetensorsFile(path: output).tensor("y"))
  }

  @Test("compares with full weights over the unpadded steps", arguments: ["int8", "bfloat16"])
  func compare(_ storage: String) throws {
    let fixture = try Fixture("packed-l2-f32")
    let model = try fixture.writeModel(to: folder.path("model.safetensors"))
    let input = try fixture.writeInput(to: folder.path("x.safetensors"))
    let full = try predict(model, input)
    let stored = try predict(model, input, ["--weights", storage])
    let compared = try predict(model, input, ["--weights", storage, "--compare"])
    #expect(full.lines.isEmpty && stored.lines.isEmpty)
    #expect(compared.y.elements == stored.y.elements && stored.y.elements != full.y.elements)
    // Padding is zero in both, so only the number of elements shows whether it was counted.
    let rows = try fixture.file.integers("lengths").reduce(0, +)
    let (K, differences) = (full.y.shape[2], zip(stored.y.elements, full.y.elements).map { Double($0) - Double($1) })
    let count = Double(rows * K)
    let size = (full.y.elements.reduce(0) { $0 + Double($1) * Double($1) } / count).squareRoot()
    let spread = (differences.reduce(0) { $0 + $1 * $1 } / count).squareRoot()
    let largest = differences.map(abs).max()!
    let lines = compared.lines
    try #require(lines.count == 3)
    #expect(
      lines[0]
        == "\(storage) weights compared with full weights: \(rows * K) elements of y, root mean square "
        + Format.significant(size, digits: 3))
    for (line, difference) in zip(lines.dropFirst(), [largest, spread]) {
      #expect(line.contains(" \(Format.significant(difference, digits: 3)) "))
      #expect(line.hasSuffix(" \(Format.significant(100 * difference / size, digits: 2)) % of that"))
      print(line)
    }
    #expect(lines[1].contains("largest difference") && lines[2].contains("root mean square of differences"))
  }

  @Test("counts rows whose most likely class differs")
  func classes() throws {
    // Units 0 and 1 compute the same, but unit 1 has large weights from an input that is always zero, which only make
    // its scales coarse. A small bias makes class 0 the most likely one everywhere.
    let configuration = LSTMConfiguration(inputSize: 3, hiddenSizes: [2], readout: .init(outputSize: 3))
    var model = try LSTM<Float>(configuration, seed: 3)
    var w = try model.tensor("weight_ih_l0")
    for gate in 0..<4 {
      for k in 0..<2 { w[k, 2 * gate + 1] = w[k, 2 * gate] }
      (w[2, 2 * gate], w[2, 2 * gate + 1]) = (0, 40)
    }
    try model.setTensor("weight_ih_l0", to: w)
    try model.setTensor("weight_hh_l0", to: Tensor(repeating: 0, shape: [2, 8]))
    try model.setTensor("bias_ih_l0", to: Tensor(repeating: 0.5, shape: [8]))
    try model.setTensor("head.weight", to: Tensor(shape: [2, 3], elements: [1, 0, 0, 0, 1, 0]))
    try model.setTensor("head.bias", to: Tensor(shape: [3], elements: [1e-5, 0, -9]))
    let path = folder.path("model.safetensors")
    let data = ModelData.text(vocabulary: Vocabulary(charactersOf: "abc".unicodeScalars))
    try model.write(to: path, extras: [ModelData.extraName: data.json])
    var x = Tensor<Float>(repeating: 0, shape: [40, 1, 3])
    for t in 0..<40 { (x[t, 0, 0], x[t, 0, 1]) = (Float(t * 37 % 19) / 19, Float(t * 23 % 17) / 17) }
    try SafetensorsFile.write([.init("x", x)], to: folder.path("x.safetensors"))
    let full = try predict(path, folder.path("x.safetensors"))
    let coded = try predict(path, folder.path("x.safetensors"), ["--weights", "int8", "--compare"])
    let others = (0..<40).count { t in
      (full.y[t, 0, 0] < full.y[t, 0, 1]) != (coded.y[t, 0, 0] < coded.y[t, 0, 1])
    }
    #expect(others > 0 && others < 40)
    try #require(coded.lines.count == 4)
    #expect(coded.lines[3].contains("most likely class") && coded.lines[3].contains("differs in \(others) of 40 rows"))
    print(coded.lines[3])
  }

  @Test("reports a comparison of full weights, and unknown or unsupported storage")
  func refusals() throws {
    let fixture = try Fixture("packed-l2-f64")
    let model = try fixture.writeModel(to: folder.path("model.safetensors"))
    let input = try fixture.writeInput(to: folder.path("x.safetensors"))
    let command = ["predict", model, "--input", input, "--output", folder.path("y.safetensors")]
    try Executable.fail(command + ["--compare"], status: 64, saying: "--compare", "--weights int8")
    try Executable.fail(command + ["--compare", "--weights", "full"], status: 64, saying: "--compare")
    try Executable.fail(command + ["--weights", "int4"], status: 64, saying: "int4", "int8")
    try Executable.fail(command + ["--weights", "int8"], status: 1, saying: "int8", "float64")
  }
}
