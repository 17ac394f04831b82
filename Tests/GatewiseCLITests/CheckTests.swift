import Foundation
import Testing

@Suite("gatewise check")
struct CheckTests {
  @Test(
    "passes for all kinds of shapes",
    arguments: [
      ["--hidden", "1", "--layers", "1", "--batch", "1", "--window", "1"],
      ["--hidden", "5,3,4", "--peepholes", "--outputs", "2", "--variable-lengths"],
      [
        "--hidden", "6", "--layers", "2", "--learn-initial-state", "--outputs", "3", "--last-step", "--input-size", "1",
      ],
    ])
  func passes(_ shape: [String]) throws {
    let rows = try Executable.succeed(["check", "--json"] + shape).objects()
    let worst = rows.compactMap { $0["maxRelativeDifference"] as? Double }.max() ?? .infinity
    let central = rows.compactMap { $0["centralDifference"] as? Double }.max() ?? .infinity
    print("check \(shape.joined(separator: " ")): \(worst), central differences \(central)")
    #expect(worst <= 1e-12 && central <= 1e-6)
    for row in rows {
      let count = (row["shape"] as? [Int])?.reduce(1, *)
      #expect(row["checked"] as? Int == count && row["passes"] as? Bool == true, "\(row)")
    }
    let names = rows.compactMap { $0["name"] as? String }
    #expect(names.contains("x") && names.contains("h0_l0") && names.contains("weight_hh_l0"))
    #expect(names.contains("peephole_l2") == shape.contains("--peepholes"))
    #expect(names.contains("head.weight") == shape.contains("--outputs"))
  }

  @Test(
    "compares each rule with the network whose exact gradient it computes",
    arguments: [
      ["bptt"], ["tbptt", "--every", "2", "--depth", "3"], ["truncated-rtrl"], ["recurrent-cut"], ["rtrl"],
      ["truncated-rtrl", "--lower-layers", "none"], ["truncated-rtrl", "--peephole-paths", "output"],
      ["recurrent-cut", "--peephole-paths", "all"],
    ])
  func rules(_ rule: [String]) throws {
    let shape = ["check", "--json", "--hidden", "4,3", "--peepholes", "--variable-lengths", "--window", "6", "--rule"]
    let rows = try Executable.succeed(shape + rule).objects()
    let worst = rows.compactMap { $0["maxRelativeDifference"] as? Double }.max() ?? .infinity
    print("check --rule \(rule.joined(separator: " ")): \(worst)")
    #expect(worst <= 1e-12)
  }

  @Test("checks 50 entries per tensor and 16 directions of larger layers")
  func samples() throws {
    let rows = try Executable.succeed(["check", "--json", "--hidden", "18", "--layers", "1", "--window", "2"]).objects()
    let recurrent = try #require(rows.first { $0["name"] as? String == "weight_hh_l0" })
    #expect(recurrent["checked"] as? Int == 50)
    let directions = try #require(rows.last)
    #expect(directions["name"] as? String == "directions" && directions["checked"] as? Int == 16)
    #expect(try #require(directions["maxRelativeDifference"] as? Double) <= 1e-12)
  }

  @Test("checks a model file, and fails if a difference exceeds the tolerance")
  func modelAndTolerance() throws {
    let folder = try ScratchFolder()
    let model = try Fixture("head-l2-f64").writeModel(to: folder.path("model.safetensors"))
    let outcome = try Executable.succeed(["check", model, "--window", "3"])
    #expect(outcome.lines.count == 15 && outcome.output.contains("head.weight") && outcome.output.contains("agree"))
    let strict = try Executable.run(["check", model, "--window", "3", "--tolerance", "1e-30"])
    #expect(strict.status == 1 && strict.output.contains("FAILS") && strict.output.contains("These differ"))
    try Executable.fail(["check", model, "--hidden", "3"], status: 64, saying: model)
  }

  @Test("reports invalid sizes in one sentence")
  func refuses() throws {
    try Executable.fail(["check", "--hidden", "0"], status: 64, saying: "--hidden")
    try Executable.fail(["check", "--hidden", "3,x"], status: 64, saying: "--hidden")
    try Executable.fail(["check", "--hidden", "3,2", "--layers", "3"], status: 64, saying: "--layers")
    try Executable.fail(["check", "--last-step"], status: 64, saying: "--outputs")
    try Executable.fail(["check", "--batch", "0"], status: 64, saying: "--batch")
    try Executable.fail(["check", "--hidden", "5000000"], status: 1, saying: "GiB")
    try Executable.fail(["check", "--window", "1000000000000000000"], status: 1, saying: "GiB")
  }
}
