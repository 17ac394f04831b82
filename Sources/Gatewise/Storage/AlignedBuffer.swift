#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory for `count` numbers, aligned to a cache line and zeroed, that belongs to exactly one owner.
///
/// The engine's workspaces are made of these; they are sized once and never grow. Pages of a large one that nobody
/// touches take no memory.
struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable {
  /// One cache line, and one AVX-512 register.
  static var alignment: Int { 64 }

  private let block: UnsafeMutableRawPointer
  let base: UnsafeMutablePointer<Element>
  let count: Int

  /// Allocates `count` zeroed elements.
  init(count: Int) {
    let bytes = Swift.max(count, 1) * MemoryLayout<Element>.stride
    // Zeroed memory with an alignment is not on offer: so a little more, and the next multiple.
    guard let block = calloc(bytes + Self.alignment, 1) else { fatalError("out of memory: \(bytes) bytes") }
    self.block = block
    base = block.alignedUp(toMultipleOf: Self.alignment).bindMemory(to: Element.self, capacity: Swift.max(count, 1))
    self.count = count
  }

  deinit {
    free(block)
  }

  /// Sets every byte to zero.
  borrowing func zero() {
    UnsafeMutableRawPointer(base).initializeMemory(
      as: UInt8.self, repeating: 0, count: count * MemoryLayout<Element>.stride)
  }
}

// The buffer is a unique owner of plain memory; who may touch which part at a time is the engine's business.
extension AlignedBuffer: @unchecked Sendable where Element: Sendable {}
