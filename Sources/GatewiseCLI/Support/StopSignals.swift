import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Turns Ctrl-C (SIGINT) and SIGTERM into a question that a long run asks now and then.
enum StopSignals {
  private static let arrived = Atomic<Bool>(false)

  /// Whether one of the signals has come.
  static var hasArrived: Bool { arrived.load(ordering: .relaxed) }

  /// From now on the signals no longer end the process. They stay caught while files are written: a second Ctrl-C
  /// does not keep the first one's model from being saved. SIGQUIT (Ctrl-\) still ends it at once.
  ///
  /// A reader of standard output that goes away does not end the run either.
  static func catchAll() {
    // The handler must find the flag made: making it could take a lock.
    arrived.store(false, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in StopSignals.arrived.store(true, ordering: .relaxed) }
    action.sa_flags = SA_RESTART
    sigaction(SIGINT, &action, nil)
    sigaction(SIGTERM, &action, nil)
    signal(SIGPIPE, SIG_IGN)
    // A program that starts this one from a thread with signals blocked passes that on.
    var blocked = sigset_t()
    sigemptyset(&blocked)
    sigaddset(&blocked, SIGINT)
    sigaddset(&blocked, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &blocked, nil)
  }
}
