import ArgumentParser
import Gatewise

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The command `gatewise`.
@main
struct GatewiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gatewise",
    abstract: "Trains, runs and checks LSTMs on the CPU.",
    discussion: """
      Models are safetensors files under PyTorch's names. Every command says more with --help.

      Environment: GATEWISE_NUM_THREADS is the number of threads, GATEWISE_ISA the instruction set of the kernels \
      (gatewise info lists those of this machine).
      Exit status: 0, 1 for a failure, 64 for wrong usage.
      """,
    version: version,
    subcommands: [
      TrainCommand.self, SampleCommand.self, PredictCommand.self, GradientsCommand.self, CheckCommand.self,
      BenchCommand.self, InfoCommand.self,
    ])

  /// The version of the package.
  static let version = "0.1.0"

  /// Runs the command line; what goes wrong ends in one sentence and an exit status.
  static func main() {
    // Where standard error is a file, the sentence about a reached file-size limit may itself be beyond the limit.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Failure.exit(with: error)
    }
  }
}
