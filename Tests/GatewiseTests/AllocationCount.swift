import CAllocationCounter
import Synchronization

/// One measurement at a time: the counter counts the whole process.
private let measurement = Mutex(())

/// How often `body` allocates: the least of `attempts` runs, since other tests allocate at the same time.
func allocationCount(attempts: Int = 20, of body: () -> Void) -> Int {
  body()
  var least = Int.max
  for _ in 0..<attempts where least > 0 {
    measurement.withLock { _ in
      allocation_counter_start()
      body()
      least = min(least, Int(allocation_counter_stop()))
    }
  }
  return least
}
