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

/// How a command that fails ends: one sentence on standard error, and 1, or 64 for wrong usage, as the exit status.
enum Failure {
  /// Ends the process with what `error` stands for. Help and version, which the parser throws too, end it with 0.
  static func exit(with error: any Error) -> Never {
    if GatewiseCommand.exitCode(for: error) == .success { exit(saying: GatewiseCommand.fullMessage(for: error)) }
    letFirstSpeak()
    // What was printed before the failure is told first, such as the rows of a check that fails.
    do throws(GatewiseError) { try StandardOutput.flush() } catch {
      report("\(error)")
      Processes.abort()
      GatewiseCommand.exit(withError: ExitCode.failure)
    }
    let sentence: String
    switch error {
    case let error as GatewiseError: sentence = "\(error)"
    case ProcessGroupInterruption.stopped: sentence = "Stopped before the first update."
    case ProcessGroupInterruption.lost: sentence = "Another process no longer answers; start all anew."
    default: GatewiseCommand.exit(withError: error)
    }
    report(sentence)
    Processes.abort()
    GatewiseCommand.exit(withError: ExitCode.failure)
  }

  /// Ends the process with what was asked for: help, the version.
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

  /// Ends the process with wrong usage that a command found when it looked at its files.
  static func exit(withWrongUsage error: ValidationError, of command: String) -> Never {
    letFirstSpeak()
    report("\(error.message)\n  See 'gatewise \(command) --help' for more information.")
    GatewiseCommand.exit(withError: ExitCode.validationFailure)
  }

  /// Of processes that were started together, all may have met the same error: the first one tells of it, and its end ends
  /// the others. What another one alone has met it tells after that.
  private static func letFirstSpeak() {
    guard Processes.rank > 0 else { return }
    signal(SIGTERM, SIG_DFL)
    sleep(3)
  }

  private static let hasReported = Atomic<Bool>(false)

  /// Writes one line to standard error. Who comes second, on another thread, waits for the end that the first one brings.
  static func report(_ sentence: String) {
    while hasReported.exchange(true, ordering: .relaxed) { sleep(1) }
    let line = Array("Error: \(sentence)\n".utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
