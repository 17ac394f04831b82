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
      Models are safetensors files with PyTorch's tensor names. Each command describes its options with --help.

      Environment: GATEWISE_NUM_THREADS sets the number of threads, GATEWISE_ISA the instruction set of the kernels \
      (gatewise info lists those of this machine); GATEWISE_KERNELS=plain computes the recurrent product with OpenBLAS.
      Exit status: 0 for success, 1 for a failure, 64 for wrong usage. Output that cannot be written is a failure, \
      including standard output. If its reader closes the pipe, as head does, a command ends without an error message; \
      train continues.
      """,
    version: version,
    subcommands: [
      TrainCommand.self, SampleCommand.self, PredictCommand.self, GradientsCommand.self, CheckCommand.self,
      DeriveCommand.self, ConvertCommand.self, BenchCommand.self, InfoCommand.self,
    ])

  /// The version of the package.
  static let version = "0.1.0"

  /// The arguments of this process, with the options of the run file given by `--config`, if any.
  static let arguments = Result {
    try RunFileArguments.expand(joiningNegativeNumbers(Array(CommandLine.arguments.dropFirst())))
  }

  /// Runs the command line. An error is reported in one sentence and by the exit status.
  static func main() {
    OpenBLASStart.repeatWhereNeeded()
    // If standard error is a file, the message about an exceeded file-size limit may itself exceed the limit.
    signal(SIGXFSZ, SIG_IGN)
    // If a standard stream was closed, its descriptor must not be reused for a file. Writing to it must still fail.
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

  /// Returns the arguments with each negative number joined to the option before it: `--steps -1` becomes `--steps=-1`.
  ///
  /// Otherwise the parser would read the number as an option and report a missing value.
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
