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
