#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Runs `body` so that reaching the file-size limit (`ulimit -f`) is an error and does not end the process.
///
/// At the limit the kernel sends SIGXFSZ to the writing thread, whose default action kills the process, and `write`
/// fails with EFBIG. The signal is blocked for this thread only and consumed before it is unblocked, so that the signal
/// handling of the program that links the library does not change.
func withFileSizeSignalHeld<Result>(_ body: () -> Result) -> Result {
  var held = sigset_t()
  sigemptyset(&held)
  sigaddset(&held, SIGXFSZ)
  var before = sigset_t()
  pthread_sigmask(SIG_BLOCK, &held, &before)
  let wasPending = fileSizeSignalIsPending
  let result = body()
  if !wasPending && fileSizeSignalIsPending {
    var taken: Int32 = 0
    sigwait(&held, &taken)
  }
  pthread_sigmask(SIG_SETMASK, &before, nil)
  return result
}

private var fileSizeSignalIsPending: Bool {
  var pending = sigset_t()
  sigpending(&pending)
  return sigismember(&pending, SIGXFSZ) == 1
}
