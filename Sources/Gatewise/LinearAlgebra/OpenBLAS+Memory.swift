internal import COpenBLAS

extension OpenBLAS {
  /// Bytes of address space that OpenBLAS reserves for every thread that runs a product at the same time, and keeps:
  /// 128 MiB on x86-64 (BUFFER_SIZE). It writes only to the part that its panels fill.
  static var bufferAddresses: Double { Double(128 << 20) }

  /// The largest stack of an OpenBLAS thread, in bytes of address space.
  private static var stackAddresses: Double { Double(8 << 20) }

  /// Checks that the address space suffices for products on `callers` threads at once. Without it OpenBLAS retries the
  /// allocation forever.
  ///
  /// - Parameters:
  ///   - callers: threads that may run a product at the same time.
  ///   - bytes: further memory needed at that time.
  /// - Throws: `GatewiseError.invalidArgument` with the address space needed and the address space available.
  static func require(callers: Int, beside bytes: Double = 0) throws(GatewiseError) {
    guard MemoryLimit.limitsAddressSpace else { return }
    let addresses = Double(callers) * bufferAddresses
    let left = MemoryLimit.bytes
    guard bytes + addresses > left else { return }
    throw .invalidArgument(
      "Products in OpenBLAS on \(callers == 1 ? "1 thread" : "\(callers) threads") take "
        + "\(MemoryLimit.text(addresses)) of address space"
        + "\(bytes > 0 ? " and \(MemoryLimit.text(bytes)) of memory" : ""), but the limit (ulimit -v) leaves "
        + "\(MemoryLimit.text(left)); raise it, or choose fewer threads or smaller sizes.")
  }

  /// Returns whether the address space suffices for `productRate` on `threads` threads.
  package static func hasRoomForProductRate(threads: Int) -> Bool {
    guard MemoryLimit.limitsAddressSpace else { return true }
    return Double(threads) * (bufferAddresses + stackAddresses) + Double(3 * 2048 * 2048 * 4) < MemoryLimit.bytes
  }
}
