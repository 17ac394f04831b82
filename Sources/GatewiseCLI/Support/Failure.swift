import ArgumentParser
import Gatewise
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The end of a failed command: one sentence on standard error, and exit status 1, or 64 for wrong usage.
enum Failure {
  /// Reports `error` and ends the process. Help and version, which the parser also throws, exit with status 0.
  static func exit(with error: any Error) -> Never {
    if GatewiseCommand.exitCode(for: error) == .success { exit(saying: GatewiseCommand.fullMessage(for: error)) }
    letFirstSpeak()
    // Output printed before the failure comes first, such as the rows of a failed check.
    do throws(GatewiseError) { try StandardOutput.flush() } catch {
      report("\(error)")
      Processes.abort()
      GatewiseCommand.exit(withError: ExitCode.failure)
    }
    let sentence: String
    switch error {
    case let error as GatewiseError: sentence = "\(error)"
    case ProcessGroupInterruption.stopped: sentence = "Stopped before the first update."
    case ProcessGroupInterruption.lost: sentence = "Another process no longer answers; restart all processes."
    default: GatewiseCommand.exit(withError: error)
    }
    report(sentence)
    Processes.abort()
    GatewiseCommand.exit(withError: ExitCode.failure)
  }

  /// Prints the requested text, help or version, and ends the process.
  private static func exit(saying text: String) -> Never {
    do throws(GatewiseError) {
      if !text.isEmpty { try StandardOutput.print(text) }
      try StandardOutput.flush()
    } catch {
      report("\(error)")
      GatewiseCommand.exit(withError: ExitCode.failure)
    }
    GatewiseCommand.exit()
  }

  /// Ends the process with the status of wrong usage, for an error that a command finds in its files.
  static func exit(withWrongUsage error: ValidationError, of command: String) -> Never {
    letFirstSpeak()
    report("\(error.message)\n  See 'gatewise \(command) --help' for more information.")
    GatewiseCommand.exit(withError: ExitCode.validationFailure)
  }

  /// Delays a process other than the first of a group. If all processes have the same error, the first one reports it
  /// and its end ends the others. An error of another process alone is reported after the delay.
  private static func letFirstSpeak() {
    guard Processes.rank > 0 else { return }
    signal(SIGTERM, SIG_DFL)
    sleep(3)
  }

  private static let hasReported = Atomic<Bool>(false)

  /// Writes one line to standard error. A second caller on another thread waits until the first one ends the process.
  static func report(_ sentence: String) {
    while hasReported.exchange(true, ordering: .relaxed) { sleep(1) }
    let line = Array("Error: \(sentence)\n".utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
