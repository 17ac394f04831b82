/// A borrowed row-major matrix: a pointer, the number of rows and columns, and the stride.
///
/// A view owns nothing and is valid only as long as its buffer; the engine makes views for the duration of one call.
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

  /// A view of memory that the callee only reads.
  init(reading base: UnsafePointer<Element>, rows: Int, columns: Int, stride: Int? = nil) {
    self.init(UnsafeMutablePointer(mutating: base), rows: rows, columns: columns, stride: stride)
  }

  /// Rows `range` of this matrix.
  func rows(_ range: Range<Int>) -> MatrixView {
    MatrixView(base + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  /// Columns `range` of this matrix.
  func columns(_ range: Range<Int>) -> MatrixView {
    MatrixView(base + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }
}
