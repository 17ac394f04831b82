#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Runs `body` in such a way that reaching the file-size limit (`ulimit -f`) is an error and not the end of the
/// process.
///
/// At the limit the kernel sends SIGXFSZ to the writing thread, whose default action kills the process, and `write`
/// fails with EFBIG. The signal is held back for this thread alone and taken away before it is let through again, so
/// the signal handling of the program that links the library stays as it is.
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
