import Foundation
import Testing

@Suite("gatewise info")
struct InfoTests {
  @Test("prints the settings in effect")
  func info() throws {
    let environment = ["GATEWISE_ISA": "portable", "GATEWISE_NUM_THREADS": "3", "GATEWISE_KERNELS": "plain"]
    let record = try #require(try Executable.succeed(["info", "--json"], environment: environment).objects().first)
    #expect(record["instructionSet"] as? String == "portable" && record["threads"] as? Int == 3)
    #expect(record["kernels"] as? String == "plain")
    #expect((record["supportedInstructionSets"] as? [String])?.last == "portable")
    #expect((record["openBLAS"] as? String)?.hasPrefix("OpenBLAS") == true)
    let table = try Executable.succeed(["info"], environment: environment)
    #expect(table.lines.count == (record["openBLASAdvice"] == nil ? 8 : 9) && table.output.contains("3 of "))
    #expect(record["version"] as? String == (try Executable.succeed(["--version"]).lines.first))
  }

  @Test("reports invalid settings of the environment")
  func refuses() throws {
    try Executable.fail(
      ["info"], status: 1, saying: "GATEWISE_ISA=sse9", "portable", environment: ["GATEWISE_ISA": "sse9"])
    try Executable.fail(
      ["info"], status: 1, saying: "GATEWISE_NUM_THREADS=two", environment: ["GATEWISE_NUM_THREADS": "two"])
    try Executable.fail(
      ["info"], status: 1, saying: "GATEWISE_KERNELS=fast", "plain", environment: ["GATEWISE_KERNELS": "fast"])
  }

  @Test("output that cannot be written is a failure", arguments: ["info", "check", "bench --hidden 4 --rounds 1"])
  func fullDisk(_ command: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "'\(try Executable.url.path)' \(command) > /dev/full 2> /dev/null"]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 1)
  }

  @Test(
    "the help of every command has examples that fit a terminal of 80 columns",
    arguments: ["train", "sample", "predict", "gradients", "check", "convert", "bench", "info"])
  func help(_ command: String) throws {
    let outcome = try Executable.succeed([command, "--help"])
    #expect(outcome.output.contains("Example") && outcome.output.contains("gatewise \(command)"))
    // The continuation of a broken line would begin in the first column.
    let examples = outcome.output.split(separator: "\n\n").first { $0.hasPrefix("Example") }
    for line in (examples?.split(separator: "\n") ?? []).dropFirst() { #expect(line.hasPrefix("  ")) }
    #expect(!outcome.output.contains("float32           -"))
    #expect(try Executable.succeed(["--help"]).output.contains("  \(command) "))
  }
}
