/// A borrowed vector: numbers one after the other, such as a row of a matrix, a bias, or the gradient of every
/// parameter.
///
/// A view owns nothing and is valid only as long as its memory; the engine makes views for the duration of one call.
/// Debug builds check every index and length.
struct VectorView<Element: BitwiseCopyable> {
  let base: UnsafeMutablePointer<Element>
  let count: Int

  init(_ base: UnsafeMutablePointer<Element>, count: Int) {
    self.base = base
    self.count = count
  }

  /// A view of memory that is only read.
  init(reading buffer: UnsafeBufferPointer<Element>) {
    self = buffer.baseAddress.map { VectorView(UnsafeMutablePointer(mutating: $0), count: buffer.count) } ?? .empty
  }

  /// No elements, at an address that is never read.
  static var empty: VectorView {
    VectorView(UnsafeMutablePointer(bitPattern: AlignedBuffer<Element>.alignment)!, count: 0)
  }

  subscript(index: Int) -> Element {
    @inline(__always)
    get {
      assert(index >= 0 && index < count, "index \(index) of a vector of \(count)")
      return base[index]
    }
    @inline(__always)
    nonmutating set {
      assert(index >= 0 && index < count, "index \(index) of a vector of \(count)")
      base[index] = newValue
    }
  }

  /// Elements `range` of this vector.
  subscript(range: Range<Int>) -> VectorView {
    assert(range.lowerBound >= 0 && range.upperBound <= count, "elements \(range) of a vector of \(count)")
    return VectorView(base + range.lowerBound, count: range.count)
  }

  /// The elements from `start` on.
  func from(_ start: Int) -> VectorView { self[start..<count] }

  /// `count` elements from `start` on.
  func vector(at start: Int, count: Int) -> VectorView { self[start..<start + count] }

  /// The elements from `start` on as rows of a matrix.
  func matrix(at start: Int = 0, rows: Int, columns: Int) -> MatrixView<Element> {
    MatrixView(vector(at: start, count: rows * columns).base, rows: rows, columns: columns)
  }

  /// Sets every element to `value`.
  func fill(_ value: Element) { base.update(repeating: value, count: count) }

  /// Copies the elements of a vector of the same length, which may be this one.
  func copy(from source: VectorView) {
    assert(source.count == count, "\(source.count) elements are copied to \(count)")
    base.update(from: source.base, count: count)
  }
}

/// A borrowed row-major matrix: an address, the number of rows and columns, and the stride.
///
/// A view owns nothing and is valid only as long as its memory; the engine makes views for the duration of one call.
/// What is only read has a view, too. Debug builds check every row and range.
struct MatrixView<Element: BitwiseCopyable> {
  let base: UnsafeMutablePointer<Element>
  let rows: Int
  let columns: Int
  /// Elements from one row to the next; at least `columns`.
  let stride: Int

  init(_ base: UnsafeMutablePointer<Element>, rows: Int, columns: Int, stride: Int? = nil) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
  }

  /// A row.
  subscript(row: Int) -> VectorView<Element> {
    assert(row >= 0 && row < rows, "row \(row) of \(rows)")
    return VectorView(base + row * stride, count: columns)
  }

  /// Rows `range` of this matrix.
  func rows(_ range: Range<Int>) -> MatrixView {
    assert(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    return MatrixView(base + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  /// `count` rows from `start` on.
  func rows(from start: Int, count: Int) -> MatrixView { rows(start..<start + count) }

  /// The rows from `start` on.
  func from(_ start: Int) -> MatrixView { rows(start..<rows) }

  /// Columns `range` of this matrix.
  func columns(_ range: Range<Int>) -> MatrixView {
    assert(range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
    return MatrixView(base + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }

  /// All elements, row after row.
  ///
  /// - Precondition: the rows are contiguous.
  var elements: VectorView<Element> {
    assert(stride == columns || rows <= 1, "rows of \(columns) elements are \(stride) apart")
    return VectorView(base, count: rows * columns)
  }

  /// Sets every element to `value`.
  func fill(_ value: Element) {
    guard stride != columns else { return elements.fill(value) }
    for row in 0..<rows { self[row].fill(value) }
  }
}

extension Array where Element: BitwiseCopyable {
  /// Calls `body` with a view of the elements, which it only reads.
  func withView<Result>(_ body: (VectorView<Element>) throws -> Result) rethrows -> Result {
    try withUnsafeBufferPointer { try body(VectorView(reading: $0)) }
  }

  /// Calls `body` with a view of the elements.
  mutating func withMutableView<Result>(_ body: (VectorView<Element>) throws -> Result) rethrows -> Result {
    try withUnsafeMutableBufferPointer {
      guard let base = $0.baseAddress else { return try body(.empty) }
      return try body(VectorView(base, count: $0.count))
    }
  }
}

/// Calls `body` with a vector for intermediate results, on the stack if it is small; its elements are not initialized.
func withScratch<Element: BitwiseCopyable, Result>(
  of _: Element.Type, count: Int, _ body: (VectorView<Element>) -> Result
) -> Result {
  withUnsafeTemporaryAllocation(of: Element.self, capacity: count) {
    body($0.baseAddress.map { VectorView($0, count: count) } ?? .empty)
  }
}

/// A buffer of a memory plan: zeroed memory.
final class PlannedBuffer<Element: BitwiseCopyable> {
  private let room: MemoryPlan.Extent
  private var counts: [MemoryPlan.Count]
  private var memory: AlignedBuffer<Element>?
  /// The start of the memory; without room for any element, an address that is never read.
  private(set) var base = VectorView<Element>.empty.base
  /// The number of elements; 0 before the plan has allocated them.
  private(set) var count = 0
  private var isAllocated = false

  init(room: MemoryPlan.Extent, _ count: @escaping MemoryPlan.Count) {
    (self.room, counts) = (room, [count])
  }

  /// Lets another user have the same memory, at other times: the buffer becomes as large as the largest of all.
  func share(_ count: @escaping MemoryPlan.Count) -> PlannedBuffer {
    precondition(!isAllocated, "a buffer cannot grow once it is allocated")
    counts.append(count)
    return self
  }

  func count(in extent: MemoryPlan.Extent) -> Double { counts.reduce(0) { max($0, $1(extent)) } }

  func allocate() {
    count = Int(self.count(in: room))
    (counts, isAllocated) = ([], true)
    guard count > 0 else { return }
    let made = AlignedBuffer<Element>(count: count)
    base = made.base
    memory = consume made
  }

  /// All elements.
  var vector: VectorView<Element> { VectorView(base, count: count) }

  /// The elements from `start` on as rows of a matrix; no rows if the buffer has no memory.
  func matrix(at start: Int = 0, rows: Int, columns: Int) -> MatrixView<Element> {
    count > 0
      ? vector.matrix(at: start, rows: rows, columns: columns) : MatrixView(base, rows: 0, columns: columns)
  }

  /// Sets every byte to zero.
  func zero() {
    UnsafeMutableRawPointer(base).initializeMemory(
      as: UInt8.self, repeating: 0, count: count * MemoryLayout<Element>.stride)
  }
}
