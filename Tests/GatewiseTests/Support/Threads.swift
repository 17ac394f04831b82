import Foundation

/// Threads of the system, so that a blocked caller never keeps the pool of Swift's own tasks waiting.
enum Threads {
  /// Runs `body` with the numbers 0 ..< `count`, each on a thread of its own, and returns when all are done.
  static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let done = DispatchGroup()
    for number in 0..<count {
      done.enter()
      let thread = Thread {
        body(number)
        done.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    done.wait()
  }
}
