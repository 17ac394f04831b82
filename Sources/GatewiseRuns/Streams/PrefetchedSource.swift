import Foundation
import Gatewise

/// A source that prepares the next batch on another thread while the present one is used.
///
/// It returns the batches of its base in the same order, and has the same places. It pays off if preparing a batch
/// takes time that is not spent computing, such as waiting for a disk; the exchange takes some microseconds. Memory:
/// one additional batch. After the first batches nothing is allocated. If the system cannot create a thread, each batch
/// is prepared on request.
///
/// Used by one thread at a time. A copy of the reference is the same source.
public final class PrefetchedSource<Base: ResumableSource & SendableMetatype>: ResumableSource {
  /// The number type of the batches.
  public typealias S = Base.S

  private let exchange: Exchange<Base>
  /// The thread that prepares batches; nil if the system could not create it.
  private let thread: SystemThread?
  /// The place of the last batch returned, not of the one prepared ahead.
  public private(set) var place: SourcePlace

  /// Takes over a source. Nothing is prepared before the first batch is requested.
  ///
  /// - Parameter base: The source of the batches; it is used on another thread from now on.
  public convenience init(_ base: sending Base) {
    self.init(base) { (work) throws(GatewiseError) in try SystemThread(named: "prefetch", work) }
  }

  /// Creates a source with a thread made by `start`.
  init(
    _ base: sending Base, start: (_ work: @escaping @Sendable () -> Void) throws(GatewiseError) -> SystemThread
  ) {
    place = base.place
    let exchange = Exchange(base)
    self.exchange = exchange
    // The thread holds the exchange and not this object, whose deinitialization ends the thread.
    thread = try? start { exchange.work() }
    if thread == nil { exchange.worksWhenAsked() }
  }

  deinit {
    exchange.close()
    // The thread has ended before the process does.
    thread?.join()
  }

  /// Returns a batch of the base.
  public func makeBatch() -> SequenceBatch<Base.S> { exchange.makeBatch() }

  /// Exchanges `batch`, which came from `makeBatch()`, for the next one, and has the following one prepared.
  ///
  /// - Returns: false at the end of an epoch, with `batch` unchanged.
  /// - Throws: The base's error, at the call that would have returned the batch. Nothing is prepared ahead then: the
  ///   next call asks the base again.
  public func next(into batch: inout SequenceBatch<Base.S>) throws -> Bool {
    let outcome = exchange.take(&batch)
    place = outcome.place
    return try outcome.result.get()
  }

  /// Moves to a place. The batch prepared ahead is discarded.
  ///
  /// - Throws: The base's error if it has no such place; the source then stays at its place.
  public func go(to place: SourcePlace) throws {
    try exchange.go(to: place)
    self.place = place
  }
}

/// The state shared by the two threads of a prefetched source.
///
/// Sendable: `lock` guards the state. The base and the spare batch belong to the working thread while the state is
/// `.wanted`, and otherwise to the holder of the lock.
private final class Exchange<Base: ResumableSource & SendableMetatype>: @unchecked Sendable {
  /// The result of a request to the base, and its place afterwards.
  struct Outcome {
    let result: Result<Bool, any Error>
    let place: SourcePlace
  }

  private enum State {
    /// Nothing is requested.
    case idle
    /// A batch is requested from the working thread, or is being prepared.
    case wanted
    /// An outcome is ready.
    case ready(Outcome)
    /// The source is gone.
    case closed

    var isWanted: Bool { if case .wanted = self { true } else { false } }
    var isClosed: Bool { if case .closed = self { true } else { false } }
  }

  private let lock = NSCondition()
  private var state = State.idle
  private var base: Base
  private var spare: SequenceBatch<Base.S>
  /// Whether there is a working thread.
  private var hasThread = true

  init(_ base: sending Base) {
    spare = base.makeBatch()
    self.base = base
  }

  /// Runs on the working thread until the source is deinitialized.
  func work() {
    lock.lock()
    defer { lock.unlock() }
    while true {
      while !state.isWanted, !state.isClosed { lock.wait() }
      if state.isClosed { return }
      lock.unlock()
      let outcome = makeSpare()
      lock.lock()
      if state.isClosed { return }
      state = .ready(outcome)
      lock.broadcast()
    }
  }

  /// Requests the next batch from the base.
  private func makeSpare() -> Outcome {
    let result: Result<Bool, any Error>
    do { result = .success(try base.next(into: &spare)) } catch { result = .failure(error) }
    return Outcome(result: result, place: base.place)
  }

  /// Prepares batches on request, for lack of a thread.
  func worksWhenAsked() {
    lock.lock()
    defer { lock.unlock() }
    hasThread = false
  }

  func close() {
    lock.lock()
    defer { lock.unlock() }
    state = .closed
    lock.broadcast()
  }

  /// Waits for an outcome, exchanges the batches if there is a new one, and requests the following one.
  func take(_ batch: inout SequenceBatch<Base.S>) -> Outcome {
    lock.lock()
    defer { lock.unlock() }
    if case .idle = state { want() }
    waitForThread()
    if !hasThread { state = .ready(makeSpare()) }
    guard case .ready(let outcome) = state else { preconditionFailure("a prefetched source was used after its end") }
    switch outcome.result {
    case .success(let hasBatch):
      if hasBatch { swap(&batch, &spare) }
      want()
    case .failure: state = .idle
    }
    return outcome
  }

  func makeBatch() -> SequenceBatch<Base.S> {
    lock.lock()
    defer { lock.unlock() }
    waitForThread()
    return base.makeBatch()
  }

  func go(to place: SourcePlace) throws {
    lock.lock()
    defer { lock.unlock() }
    waitForThread()
    try base.go(to: place)
    state = .idle
  }

  private func want() {
    guard hasThread else { return state = .idle }
    state = .wanted
    lock.broadcast()
  }

  private func waitForThread() {
    while state.isWanted { lock.wait() }
  }
}
