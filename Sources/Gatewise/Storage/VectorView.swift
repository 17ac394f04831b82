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
