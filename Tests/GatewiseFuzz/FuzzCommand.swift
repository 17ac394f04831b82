import ArgumentParser
import Foundation

/// Damages files of every format that Gatewise reads, and reads them.
///
/// A mutant is a number under a seed: the same two give the same bytes. Each is read by processes of their own, in all
/// the ways in which its format is read. It has held where it was read, or refused by `GatewiseError`, in less than two
/// seconds of the processor, without more memory than its size (uncompressed) and 32 MiB, and where two readers of a
/// format agree.
@main
struct FuzzCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz", abstract: "Read damaged files of every format, and count how many held.")

  @Option(help: "Decides every mutant.")
  var seed: UInt64 = 1

  @Option(help: "How many mutants in all; without it, as many as --seconds allow.")
  var count: Int?

  @Option(help: "When to stop. Without --count and --seconds, 60 seconds.")
  var seconds: Double?

  @Option(help: ArgumentHelp("Only these formats: \(Format.names.joined(separator: ", ")).", valueName: "name"))
  var format: [String] = []

  @Option(help: "The first number of a mutant of each format, to see one again.")
  var first = 0

  @Option(help: "The folder for what failed.")
  var out = "fuzz-failures"

  @Option(help: "The folder Tests of the package, whose fixtures are mutated, too.")
  var fixtures = "Tests"

  @Option(help: .hidden)
  var worker: String?

  func validate() throws {
    for name in format where !Format.names.contains(name) {
      throw ValidationError("--format \(name) is none of \(Format.names.joined(separator: ", ")).")
    }
  }

  func run() throws {
    if let worker {
      try Worker(folder: worker, fixtures: fixtures).run()
      return
    }
    let names = format.isEmpty ? Format.names : format
    let seconds = seconds ?? (count == nil ? 60 : .infinity)
    let supervisor = try Supervisor(seed: seed, out: out, fixtures: fixtures, deadline: Date() + min(seconds, 1e9))
    let failed = try supervisor.run(names: names, count: count, first: first)
    if failed > 0 { throw ExitCode(1) }
  }
}
