import CAllocationCounter

/// How often `body` allocates on this thread, once it has run before.
func allocationCount(of body: () -> Void) -> Int {
  body()
  allocation_counter_start()
  body()
  return Int(allocation_counter_stop())
}
