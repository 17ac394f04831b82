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
  func execution(usual: Int? = nil) throws -> Execution {
    try (threads ?? usual).map { try Execution.threads($0) } ?? .standard()
  }
}
