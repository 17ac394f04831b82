import Foundation
import Gatewise
import Testing

/// The plain path, which uses OpenBLAS, from the shell: it trains the same model up to rounding, and passes `check`.
@Suite("The plain path")
struct PlainPathTests {
  @Test("trains the same model as the tile path up to rounding, with any OpenBLAS core")
  func trains() throws {
    let folder = try ScratchFolder()
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    func model(_ name: String, _ environment: [String: String]) throws -> LSTM<Double> {
      let run = TrainingData.quickRun(on: text, out: folder.path(name)) + ["--dtype", "float64", "--seed", "4"]
      try Executable.succeed(run, environment: environment)
      return try LSTM<Double>(contentsOf: folder.path("\(name)/model.safetensors"))
    }
    let tile = try model("tile", ["GATEWISE_KERNELS": "tile"])
    let old = ["OPENBLAS_CORETYPE": "Prescott"]
    #expect(try model("tile-old", old).parameters == tile.parameters)
    for (name, environment) in [("plain", [:]), ("plain-old", old)] {
      let plain = try model(name, environment.merging(["GATEWISE_KERNELS": "plain"]) { $1 })
      let worst = zip(plain.parameters, tile.parameters).reduce(0) { max($0, abs($1.0 - $1.1)) }
      print("\(name): parameters after training at most \(worst) from the tile's")
      #expect(worst > 0 && worst < 1e-9)
    }
  }

  @Test("agrees with the complex step", arguments: ["bptt", "truncated-rtrl", "rtrl"])
  func checks(_ rule: String) throws {
    let shape = ["--hidden", "4", "--layers", "2", "--peepholes", "--rule", rule]
    try Executable.succeed(["check"] + shape, environment: ["GATEWISE_KERNELS": "plain"])
  }
}
