import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A POSIX thread that runs one function concurrently with the caller.
///
/// Foundation's `Thread` does not report that the system failed to create a thread, and a caller that waits for it
/// waits forever. This type throws.
package final class SystemThread: Sendable {
  private let thread: pthread_t
  private let isJoined = Atomic<Bool>(false)

  /// The closure that is passed to the thread.
  private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts a thread, which ends with `body`. `join()` waits for its end.
  ///
  /// - Parameters:
  ///   - name: the thread's purpose, for messages.
  ///   - body: the function to run.
  /// - Throws: `GatewiseError.invalidArgument` if the system cannot create a thread.
  package init(named name: String, _ body: @escaping @Sendable () -> Void) throws(GatewiseError) {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Work(body)).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<Work>.fromOpaque(context!).takeRetainedValue().body()
        return nil
      }, context)
    guard status == 0 else {
      Unmanaged<Work>.fromOpaque(context).release()
      throw .invalidArgument(
        "The system cannot create a thread for \(name): \(String(cString: strerror(status))); raise the limit on "
          + "processes (ulimit -u, or pids.max of a container) or on memory.")
    }
    self.thread = thread
  }

  deinit {
    if !isJoined.load(ordering: .relaxed) { pthread_detach(thread) }
  }

  /// Waits for the thread's end. Further calls return at once.
  package func join() {
    if !isJoined.exchange(true, ordering: .relaxed) { pthread_join(thread, nil) }
  }
}
