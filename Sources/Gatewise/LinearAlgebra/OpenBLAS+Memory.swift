internal import COpenBLAS

extension OpenBLAS {
  /// Bytes of addresses that OpenBLAS takes for every thread that is in one of its products at a time, and keeps: 128 MiB
  /// on x86-64 (BUFFER_SIZE). It writes to as much of them as its panels are large.
  static var bufferAddresses: Double { Double(128 << 20) }

  /// Addresses of the stack of one of its threads, at most.
  private static var stackAddresses: Double { Double(8 << 20) }

  /// Checks that there are addresses for products on so many threads at once: where there are none OpenBLAS asks for
  /// them again and again, without end.
  ///
  /// - Parameters:
  ///   - callers: threads that may be in a product at a time.
  ///   - bytes: what else is to be had at that time.
  /// - Throws: `GatewiseError.invalidArgument` that says how much is needed, and how much there is.
  static func require(callers: Int, beside bytes: Double = 0) throws(GatewiseError) {
    guard MemoryLimit.limitsAddressSpace else { return }
    let addresses = Double(callers) * bufferAddresses
    let left = MemoryLimit.bytes
    guard bytes + addresses > left else { return }
    throw .invalidArgument(
      "Products in OpenBLAS on \(callers == 1 ? "1 thread" : "\(callers) threads") take "
        + "\(MemoryLimit.text(addresses)) of addresses\(bytes > 0 ? " beside \(MemoryLimit.text(bytes)) of memory" : ""), "
        + "but the limit on address space (ulimit -v) leaves \(MemoryLimit.text(left)); raise it, or choose fewer threads "
        + "or smaller sizes.")
  }

  /// Whether there are addresses for `productRate` on so many threads.
  public static func hasRoomForProductRate(threads: Int) -> Bool {
    guard MemoryLimit.limitsAddressSpace else { return true }
    return Double(threads) * (bufferAddresses + stackAddresses) + Double(3 * 2048 * 2048 * 4) < MemoryLimit.bytes
  }
}
