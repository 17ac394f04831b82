#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory that ends exactly where a protected page begins: a read or write beyond it kills the test. The bytes before
/// it hold a pattern, which `isIntact` checks.
final class GuardedBuffer<S: BinaryFloatingPoint> {
  let count: Int
  let start: UnsafeMutablePointer<S>
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int
  private static var pattern: UInt8 { 0xA5 }

  init(_ values: [S]) {
    let page = Int(getpagesize())
    let bytes = values.count * MemoryLayout<S>.stride
    let readable = (bytes + page) / page * page
    mappedBytes = readable + page
    mapping = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)!
    precondition(mapping != MAP_FAILED && mprotect(mapping + readable, page, PROT_NONE) == 0)
    mapping.initializeMemory(as: UInt8.self, repeating: Self.pattern, count: readable - bytes)
    count = values.count
    start = (mapping + readable - bytes).initializeMemory(as: S.self, from: values, count: values.count)
  }

  deinit { munmap(mapping, mappedBytes) }

  var values: [S] { Array(UnsafeBufferPointer(start: start, count: count)) }

  /// Whether the bytes before it still hold the pattern.
  var isIntact: Bool {
    let front = UnsafeRawBufferPointer(start: mapping, count: UnsafeRawPointer(start) - UnsafeRawPointer(mapping))
    return front.allSatisfy { $0 == Self.pattern }
  }
}
