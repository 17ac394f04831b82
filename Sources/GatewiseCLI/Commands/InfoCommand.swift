import ArgumentParser
import Foundation
import Gatewise

/// The command `gatewise info`.
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Shows the version, the processor, the kernels, OpenBLAS, the threads and the memory.",
    discussion: """
      Examples:
        gatewise info
        GATEWISE_ISA=portable gatewise info --json
      """)

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let record = try InfoRecord()
    guard !json else { return try StandardOutput.print(JSONLine.text(record)) }
    try StandardOutput.print(
      """
      gatewise         \(record.version)
      processor        \(record.processor)
      instruction set  \(record.instructionSet) (supported: \(record.supportedInstructionSets.joined(separator: ", ")))
      kernels          \(record.kernels) (\(RecurrentPath.environmentVariable) chooses tile or plain)
      OpenBLAS         \(record.openBLAS)
      OpenBLAS core    \(record.openBLASCore)
      threads          \(record.threads) of \(record.processors) processors
      memory           \(String(format: "%.1f", record.memoryGiB)) GiB
      """)
    if let advice = record.openBLASAdvice { try StandardOutput.print(advice) }
  }
}

/// The information that `info` prints.
private struct InfoRecord: Encodable {
  let version = GatewiseCommand.version
  let processor: String
  let instructionSet: String
  let supportedInstructionSets = InstructionSet.supported.map(\.rawValue)
  let kernels: String
  let openBLAS = OpenBLAS.configuration
  let openBLASCore = OpenBLAS.core
  /// Absent if the core fits the processor.
  let openBLASAdvice = OpenBLAS.coreAdvice
  let threads: Int
  let processors = ThreadTeam.processors
  let memoryGiB = MemoryLimit.physicalBytes / Double(1 << 30)

  init() throws {
    let execution = try Execution.standard()
    processor = Self.processorName
    instructionSet = execution.instructionSet.rawValue
    kernels = execution.recurrentPath.rawValue
    threads = execution.team.threads
  }

  /// The processor's name as the system reports it, or the architecture if there is no name.
  private static var processorName: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    if let name = line?.split(separator: ":").last { return name.trimmingCharacters(in: .whitespaces) }
    #if arch(x86_64)
      return "x86-64"
    #elseif arch(arm64)
      return "64-bit ARM"
    #else
      return "unknown"
    #endif
  }
}
