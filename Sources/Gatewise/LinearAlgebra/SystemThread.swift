import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A thread of the system that runs one function, for what must go on beside the caller.
///
/// Foundation's `Thread` says nothing where the system makes no thread, and whoever then waits for it waits for ever.
/// This one throws.
package final class SystemThread: Sendable {
  private let thread: pthread_t
  private let isJoined = Atomic<Bool>(false)

  /// What a thread is to do, on its way there.
  private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts a thread. It ends with `body`; who wants to know that it has calls `join()`.
  ///
  /// - Parameters:
  ///   - name: what it is for, in messages.
  ///   - body: what it does.
  /// - Throws: `GatewiseError.invalidArgument` where the system makes no more threads.
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
        "The system makes no thread for \(name): \(String(cString: strerror(status))); raise the limit of processes "
          + "(ulimit -u, or pids.max of a container) or of memory.")
    }
    self.thread = thread
  }

  deinit {
    if !isJoined.load(ordering: .relaxed) { pthread_detach(thread) }
  }

  /// Waits for the thread's end. Only the first call does.
  package func join() {
    if !isJoined.exchange(true, ordering: .relaxed) { pthread_join(thread, nil) }
  }
}
