import ArgumentParser
import Gatewise

/// `--threads`, which means the same in every command.
struct ThreadsOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Number of threads. The results are the same bits for every number.",
      discussion: "Where not given, GATEWISE_NUM_THREADS, else one for each processor.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads \(threads) is no number of threads; give one from 1 to 1024.")
    }
  }

  /// The threads and the instruction set that the command line and the environment ask for.
  ///
  /// - Parameter usual: how many threads where they do not say; nil for one for each processor.
  /// - Throws: `GatewiseError` where the environment asks for what cannot be, or the threads' stacks leave no addresses.
  func execution(usual: Int? = nil) throws -> Execution {
    let execution = try (threads ?? usual).map { try Execution.threads($0) } ?? .standard()
    guard MemoryLimit.limitsAddressSpace, MemoryLimit.bytes < Self.leastAddresses else { return execution }
    throw GatewiseError.invalidArgument(
      "The limit on addresses (ulimit -v) leaves \(MemoryLimit.text(MemoryLimit.bytes)) beside the program and the stacks of "
        + "\(execution.team.threads == 1 ? "1 thread" : "\(execution.team.threads) threads"), but "
        + "\(MemoryLimit.text(Self.leastAddresses)) are the least to work with; raise it, or give fewer --threads.")
  }

  /// Bytes for what every command has, such as parts of files that are looked at, and no check counts.
  private static let leastAddresses = Double(48 << 20)
}
