import ArgumentParser
import Gatewise

/// The option `--threads`, which all commands share.
struct ThreadsOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Number of threads. The results are bit-identical for every number.",
      discussion: "The default is GATEWISE_NUM_THREADS, or one thread per processor if it is not set.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be from 1 to 1024, but is \(threads).")
    }
  }

  /// Returns the threads and the instruction set that the command line and the environment select.
  ///
  /// - Parameter usual: the default number of threads; nil for one per processor.
  /// - Throws: `GatewiseError` if the environment has invalid settings, or the thread stacks leave too little address
  ///   space.
  func execution(usual: Int? = nil) throws -> Execution {
    let execution = try (threads ?? usual).map { try Execution.threads($0) } ?? .standard()
    guard MemoryLimit.limitsAddressSpace, MemoryLimit.bytes < Self.leastAddresses else { return execution }
    throw GatewiseError.invalidArgument(
      "The limit on the address space (ulimit -v) leaves \(MemoryLimit.text(MemoryLimit.bytes)) after the program and "
        + "the stacks of \(execution.team.threads == 1 ? "1 thread" : "\(execution.team.threads) threads"), but at "
        + "least \(MemoryLimit.text(Self.leastAddresses)) are needed; raise the limit, or give fewer --threads.")
  }

  /// Bytes for memory that every command needs and no check counts, such as parts of files being read.
  private static let leastAddresses = Double(48 << 20)
}
