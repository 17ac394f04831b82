import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Turns Ctrl-C (SIGINT), SIGTERM and the end of the terminal (SIGHUP) into a question that a long run asks now and then.
enum StopSignals {
  private static let arrived = Atomic<Bool>(false)

  /// Whether one of the signals has come.
  static var hasArrived: Bool { arrived.load(ordering: .relaxed) }

  /// From now on the signals no longer end the process. They stay caught while files are written: a second Ctrl-C
  /// does not keep the first one's model from being saved. SIGQUIT (Ctrl-\) still ends it at once.
  ///
  /// A reader of standard output that goes away does not end the run either, nor does the end of the terminal where SIGHUP
  /// is ignored, as behind `nohup`.
  static func catchAll() {
    // The handler must find the flag made: making it could take a lock.
    arrived.store(false, ordering: .relaxed)
    let signals = [SIGINT, SIGTERM] + (ignores(SIGHUP) ? [] : [SIGHUP])
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in StopSignals.arrived.store(true, ordering: .relaxed) }
    action.sa_flags = SA_RESTART
    for signal in signals { sigaction(signal, &action, nil) }
    signal(SIGPIPE, SIG_IGN)
    // A program that starts this one from a thread with signals blocked passes that on.
    var blocked = sigset_t()
    sigemptyset(&blocked)
    for signal in signals { sigaddset(&blocked, signal) }
    pthread_sigmask(SIG_UNBLOCK, &blocked, nil)
  }

  /// Whether this process was started to ignore a signal.
  private static func ignores(_ signal: Int32) -> Bool {
    var action = sigaction()
    return sigaction(signal, nil, &action) == 0
      && unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
