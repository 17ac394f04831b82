import Foundation
import Gatewise
import Testing

/// The kernels that the command selects for OpenBLAS. Each test runs the command with the variable removed or set.
@Suite("The OpenBLAS core of the command")
struct OpenBLASStartTests {
  private func shell(_ command: String) throws -> (status: Int32, output: String) {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command.replacing("gatewise", with: "'\(try Executable.url.path)'")]
    process.standardOutput = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }

  private func information(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("fits the processor if the user has not chosen one")
  func fits() throws {
    let record = try information(shell("env -u OPENBLAS_CORETYPE gatewise info --json").output)
    print("the command runs OpenBLAS with \(record["openBLASCore"] ?? "?")")
    #expect(record["openBLASAdvice"] == nil)
  }

  @Test("is the user's choice if there is one, and info reports a better one")
  func keepsChoice() throws {
    let cores = ["Prescott"] + OpenBLAS.fittingCores
    for core in cores where InstructionSet.avx2.isSupported {
      let record = try information(shell("OPENBLAS_CORETYPE=\(core) gatewise info --json").output)
      // OpenBLAS ignores a core that it was not built with.
      guard (record["openBLASCore"] as? String)?.lowercased() == core.lowercased() else { continue }
      let advice = record["openBLASAdvice"] as? String
      let isOld = core == "Prescott" || core != "SkylakeX" && OpenBLAS.fittingCores.contains("SkylakeX")
      #expect((advice != nil) == isOld, "\(core): \(advice ?? "nothing")")
      if isOld { #expect(advice?.contains("OPENBLAS_CORETYPE=\(OpenBLAS.fittingCores[0])") == true) }
    }
  }

  @Test("bench reports no ratio to SGEMM for an old core")
  func bench() throws {
    let shape = "--hidden 8 --layers 1 --window 4 --batch 2 --mode infer --rounds 1"
    for core in ["Prescott"] where InstructionSet.avx2.isSupported {
      let (status, output) = try shell("OPENBLAS_CORETYPE=\(core) gatewise bench \(shape)")
      #expect(status == 0 && output.contains("OPENBLAS_CORETYPE=") && !output.split(separator: "\n")[1].contains("%-"))
      let record = try information(shell("OPENBLAS_CORETYPE=\(core) gatewise bench \(shape) --json").output)
      #expect(record["ratio"] == nil && record["sgemmGflops"] == nil && record["openBLASAdvice"] != nil)
    }
    let whole = try information(shell("env -u OPENBLAS_CORETYPE gatewise bench \(shape) --json").output)
    #expect(whole["ratio"] != nil && whole["openBLASAdvice"] == nil)
  }

  @Test("streams, arguments and the process ID are kept when the command restarts with another core")
  func restarts() throws {
    let turns = "bench --hidden 8 --layers 1 --window 4 --batch 2 --mode infer --turns"
    let (status, output) = try shell("printf 'x\\nx\\n' | env -u OPENBLAS_CORETYPE gatewise \(turns)")
    #expect(status == 0 && output.split(separator: "\n").count == 3, "\(output)")
    let named = try shell("env -u OPENBLAS_CORETYPE gatewise derive --layers 1 --weight 'nonsense weight' 2>&1")
    #expect(named.status != 0 && named.output.contains("nonsense weight"))
    // The started process is the command itself, so that signals to its process ID reach it.
    let (process, input, answers) = (Process(), Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      ["-u", OpenBLAS.coreVariable, try Executable.url.path] + turns.split(separator: " ").map(String.init)
    (process.standardInput, process.standardOutput) = (input, answers)
    try process.run()
    #expect(!answers.fileHandleForReading.availableData.isEmpty)
    // A signal that cannot be blocked, since Foundation starts programs from some threads with all others blocked.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
  }
}
