import ArgumentParser
import Gatewise

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How a command that fails ends: one sentence on standard error, and 1, or 64 for wrong usage, as the exit status.
enum Failure {
  /// Ends the process with what `error` stands for. Help and version, which the parser throws too, end it with 0.
  static func exit(with error: any Error) -> Never {
    guard let error = error as? GatewiseError else { GatewiseCommand.exit(withError: error) }
    report("\(error)")
    GatewiseCommand.exit(withError: ExitCode.failure)
  }

  /// Ends the process with wrong usage that a command found when it looked at its files.
  static func exit(withWrongUsage error: ValidationError, of command: String) -> Never {
    report("\(error.message)\n  See 'gatewise \(command) --help' for more information.")
    GatewiseCommand.exit(withError: ExitCode.validationFailure)
  }

  /// Writes one line to standard error.
  static func report(_ sentence: String) {
    let line = Array("Error: \(sentence)\n".utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
