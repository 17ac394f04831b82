import Synchronization
import Testing

@testable import Gatewise

@Suite struct SystemThreadTests {
  private final class Owner: Sendable {}

  @Test func `a thread runs its function once and retains nothing after it is joined`() throws {
    let count = Mutex(0)
    weak var owner: Owner?
    do {
      let held = Owner()
      owner = held
      let threads = try (0..<8).map { _ in
        try SystemThread(named: "test") { [held] in withExtendedLifetime(held) { count.withLock { $0 += 1 } } }
      }
      for thread in threads { thread.join() }
      for thread in threads { thread.join() }
    }
    print("\(count.withLock { $0 }) of 8 threads")
    #expect(count.withLock { $0 } == 8)
    #expect(owner == nil)
  }
}
