import ArgumentParser
import Gatewise

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
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
      (gatewise info lists those of this machine), GATEWISE_KERNELS=plain leaves the recurrent product to OpenBLAS.
      Exit status: 0, 1 for a failure, 64 for wrong usage. Output that cannot be written is a failure, also on standard \
      output; only a reader that has enough, such as head, ends a command without a word (train goes on without it).
      """,
    version: version,
    subcommands: [
      TrainCommand.self, SampleCommand.self, PredictCommand.self, GradientsCommand.self, CheckCommand.self,
      DeriveCommand.self, ConvertCommand.self, ArticleCommand.self, BenchCommand.self, InfoCommand.self,
    ])

  /// The version of the package.
  static let version = "0.1.0"

  /// The arguments of this process, with those of the run file that they name, where they name one.
  static let arguments = Result {
    try RunFileArguments.expand(joiningNegativeNumbers(Array(CommandLine.arguments.dropFirst())))
  }

  /// Runs the command line; what goes wrong ends in one sentence and an exit status.
  static func main() {
    OpenBLASStart.repeatWhereNeeded()
    // Where standard error is a file, the sentence about a reached file-size limit may itself be beyond the limit.
    signal(SIGXFSZ, SIG_IGN)
    // A file that is opened must not become standard output where that was closed; writing to it goes on failing.
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
    }
    do {
      var command = try parseAsRoot(arguments.get())
      do {
        try command.run()
      } catch let error as ValidationError {
        Failure.exit(withWrongUsage: error, of: type(of: command)._commandName)
      }
      try StandardOutput.flush()
    } catch {
      Failure.exit(with: error)
    }
  }

  /// Arguments in which a negative number behind an option is its value: `--steps -1` becomes `--steps=-1`.
  ///
  /// The parser would take the number for an option and say that the value is missing.
  private static func joiningNegativeNumbers(_ arguments: [String]) -> [String] {
    arguments.reduce(into: []) { joined, argument in
      if let option = joined.last, option.count > 2, option.hasPrefix("--"), !option.contains("="),
        argument.hasPrefix("-"), argument.dropFirst().first?.isNumber == true
      {
        joined[joined.count - 1] = "\(option)=\(argument)"
      } else {
        joined.append(argument)
      }
    }
  }
}
