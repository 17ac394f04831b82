#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Zeroed memory for `count` numbers, aligned to a cache line, with exactly one owner.
///
/// The engine's memory consists of these buffers, which are sized once and never grow. Pages of a large buffer that
/// are never touched take no memory.
struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable {
  /// The size of a cache line, and of an AVX-512 register.
  static var alignment: Int { 64 }

  private let block: UnsafeMutableRawPointer
  let base: UnsafeMutablePointer<Element>
  let count: Int

  /// Allocates `count` zeroed elements.
  init(count: Int) {
    let bytes = Swift.max(count, 1) * MemoryLayout<Element>.stride
    // calloc does not align: allocate a little more and round the address up.
    guard let block = calloc(bytes + Self.alignment, 1) else { fatalError("out of memory: \(bytes) bytes") }
    self.block = block
    base = block.alignedUp(toMultipleOf: Self.alignment).bindMemory(to: Element.self, capacity: Swift.max(count, 1))
    self.count = count
  }

  deinit {
    free(block)
  }

  /// All elements.
  var vector: VectorView<Element> { VectorView(base, count: count) }

  /// Sets every byte to zero.
  borrowing func zero() {
    UnsafeMutableRawPointer(base).initializeMemory(
      as: UInt8.self, repeating: 0, count: count * MemoryLayout<Element>.stride)
  }
}

// The buffer uniquely owns plain memory; the engine decides which thread accesses which part.
extension AlignedBuffer: @unchecked Sendable where Element: Sendable {}
