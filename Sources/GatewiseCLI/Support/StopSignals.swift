import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A flag for Ctrl-C (SIGINT), SIGTERM and the closing of the terminal (SIGHUP), which a long run polls.
enum StopSignals {
  private static let arrived = Atomic<Bool>(false)

  /// Whether one of the signals has arrived.
  static var hasArrived: Bool { arrived.load(ordering: .relaxed) }

  /// Catches the signals, so that they no longer end the process. They stay caught while files are written: a second
  /// Ctrl-C does not prevent the model from being saved after the first. SIGQUIT (Ctrl-\) still ends the process.
  ///
  /// A closed pipe at standard output does not end the run either, nor does the closing of the terminal if SIGHUP is
  /// ignored, as under `nohup`.
  static func catchAll() {
    // The flag must be initialized before the handler runs, since its initialization could take a lock.
    arrived.store(false, ordering: .relaxed)
    let signals = [SIGINT, SIGTERM] + (ignores(SIGHUP) ? [] : [SIGHUP])
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in StopSignals.arrived.store(true, ordering: .relaxed) }
    action.sa_flags = SA_RESTART
    for signal in signals { sigaction(signal, &action, nil) }
    signal(SIGPIPE, SIG_IGN)
    // A parent that starts this program from a thread with blocked signals passes the mask on.
    var blocked = sigset_t()
    sigemptyset(&blocked)
    for signal in signals { sigaddset(&blocked, signal) }
    pthread_sigmask(SIG_UNBLOCK, &blocked, nil)
  }

  /// Returns whether this process was started with a signal ignored.
  private static func ignores(_ signal: Int32) -> Bool {
    var action = sigaction()
    return sigaction(signal, nil, &action) == 0
      && unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
