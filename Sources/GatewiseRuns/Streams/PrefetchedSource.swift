import Foundation
import Gatewise

/// A source whose next batch is made on another thread while the present one is worked on.
///
/// It gives the batches of its base, in the same order, and stands at the same places. It pays where a batch takes time
/// to make that is not spent computing, such as waiting for a disk; handing one over takes some microseconds. Memory: one
/// batch more. After the first batches nothing is allocated. Where the system makes no thread, each batch is made when it
/// is asked for.
///
/// Belongs to one thread at a time. A copy of the reference is the same source.
public final class PrefetchedSource<Base: ResumableSource & SendableMetatype>: ResumableSource {
  /// The number type of the batches.
  public typealias S = Base.S

  private let exchange: Exchange<Base>
  /// The thread that works ahead; nil where the system made none.
  private let thread: SystemThread?
  /// Of the last batch that was handed out, not of the one made ahead.
  public private(set) var place: SourcePlace

  /// Takes over a source. Nothing is made before the first batch is asked for.
  ///
  /// - Parameter base: where the batches come from; it is used on another thread from now on.
  public convenience init(_ base: sending Base) {
    self.init(base) { (work) throws(GatewiseError) in try SystemThread(named: "prefetch", work) }
  }

  /// The same, on a thread that `start` makes.
  init(
    _ base: sending Base, start: (_ work: @escaping @Sendable () -> Void) throws(GatewiseError) -> SystemThread
  ) {
    place = base.place
    let exchange = Exchange(base)
    self.exchange = exchange
    // The thread holds the exchange and not this object, whose end is the thread's.
    thread = try? start { exchange.work() }
    if thread == nil { exchange.worksWhenAsked() }
  }

  deinit {
    exchange.close()
    // Nothing of it is left when the process ends.
    thread?.join()
  }

  /// A batch of the base.
  public func makeBatch() -> SequenceBatch<Base.S> { exchange.makeBatch() }

  /// Exchanges `batch`, which came from `makeBatch()`, for the next one, and has the one behind it made.
  ///
  /// - Returns: false at the end of an epoch, with `batch` as it was.
  /// - Throws: the base's error, at the call that would have given the batch. Nothing is made ahead then: the next call
  ///   asks the base again.
  public func next(into batch: inout SequenceBatch<Base.S>) throws(GatewiseError) -> Bool {
    let outcome = exchange.take(&batch)
    place = outcome.place
    return try outcome.result.get()
  }

  /// Goes to a place. What was made ahead is dropped.
  ///
  /// - Throws: the base's error where it has no such place; the source then stays where it is.
  public func go(to place: SourcePlace) throws(GatewiseError) {
    try exchange.go(to: place)
    self.place = place
  }
}

/// What the two threads of a prefetched source share.
///
/// Sendable: `lock` guards the state. The base and the spare batch belong to the working thread while the state is
/// `.wanted`, and to whoever holds the lock otherwise.
private final class Exchange<Base: ResumableSource & SendableMetatype>: @unchecked Sendable {
  /// What came of asking the base for a batch, and where it stood afterwards.
  struct Outcome {
    let result: Result<Bool, GatewiseError>
    let place: SourcePlace
  }

  private enum State {
    /// Nothing is asked for.
    case idle
    /// The working thread is to make a batch, or is making it.
    case wanted
    /// An outcome is there to be taken.
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
  /// Whether there is a thread that makes what is wanted.
  private var hasThread = true

  init(_ base: sending Base) {
    spare = base.makeBatch()
    self.base = base
  }

  /// What the working thread does until the source is gone.
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

  /// Asks the base for the next batch.
  private func makeSpare() -> Outcome {
    let result: Result<Bool, GatewiseError>
    do throws(GatewiseError) { result = .success(try base.next(into: &spare)) } catch { result = .failure(error) }
    return Outcome(result: result, place: base.place)
  }

  /// There is no thread to work ahead.
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

  /// Waits for an outcome, exchanges the batches where there is a new one, and asks for the one behind it.
  func take(_ batch: inout SequenceBatch<Base.S>) -> Outcome {
    lock.lock()
    defer { lock.unlock() }
    if case .idle = state { want() }
    waitForThread()
    if !hasThread { state = .ready(makeSpare()) }
    guard case .ready(let outcome) = state else { preconditionFailure("a source is used that is gone") }
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

  func go(to place: SourcePlace) throws(GatewiseError) {
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
