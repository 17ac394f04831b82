import CAllocationCounter

/// The number of allocations of `body` on this thread, after one run to warm up.
func allocationCount(of body: () -> Void) -> Int {
  body()
  allocation_counter_start()
  body()
  return Int(allocation_counter_stop())
}

/// The peak number of bytes that `body` holds of its allocations on this thread.
func mostBytes<Result>(in body: () throws -> Result) rethrows -> (bytes: Int, result: Result) {
  allocation_counter_start()
  defer { _ = allocation_counter_stop() }
  let result = try body()
  return (Int(allocation_counter_most_bytes()), result)
}
