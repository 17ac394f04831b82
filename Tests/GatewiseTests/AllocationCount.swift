import CAllocationCounter

/// How often `body` allocates on this thread, once it has run before.
func allocationCount(of body: () -> Void) -> Int {
  body()
  allocation_counter_start()
  body()
  return Int(allocation_counter_stop())
}

/// The most bytes that `body` holds at a time of what it allocates on this thread.
func mostBytes<Result>(in body: () throws -> Result) rethrows -> (bytes: Int, result: Result) {
  allocation_counter_start()
  defer { _ = allocation_counter_stop() }
  let result = try body()
  return (Int(allocation_counter_most_bytes()), result)
}
