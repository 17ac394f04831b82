import Gatewise

/// A NumPy array `[rows, columns]` in a file (`.npy`) as a table whose columns are named by their numbers, from 0.
///
/// The array is `float32` or `float64`, in C order as written by `numpy.save`. Rows are read from the file on demand,
/// so it may be larger than memory. It must not be changed meanwhile.
public struct NumPyTable: SeriesTable {
  /// The names of the columns: their numbers.
  public let columns: [String]
  private let array: StoredArray

  /// The path of the file, for messages.
  public var path: String { array.file.path }

  /// Opens a file without reading its numbers.
  ///
  /// - Throws: `GatewiseError.file` if it is missing, unreadable, not a `.npy` file, shorter or longer than its header
  ///   says, in Fortran order, or of another shape or type.
  public init(path: String) throws(GatewiseError) {
    let file = try DataFile(path: path)
    var offset = 0
    let header = try NumPyHeader(size: file.size, path: path) { (buffer) throws(GatewiseError) in
      try file.read(into: buffer, at: offset)
      offset += buffer.count
    }
    guard header.shape.count == 2, !header.shape.contains(0) else {
      throw .file(path: path, problem: "has shape \(header.shape), but [rows, columns] is expected.")
    }
    guard header.elementType == .float32 || header.elementType == .float64 else {
      throw .file(
        path: path,
        problem: "holds numbers of the type \(header.elementType.rawValue), but '<f4' (float32) or '<f8' (float64) is "
          + "expected; convert it with x.astype('<f4').")
    }
    guard !header.isFortranOrder || header.shape.contains(1) else {
      throw .file(
        path: path,
        problem: "is in Fortran order, in which the numbers of a row are far apart; save it again with "
          + "numpy.ascontiguousarray(x).")
    }
    columns = (0..<header.shape[1]).map(String.init)
    array = StoredArray(
      file: file, start: header.byteCount, rowCount: header.shape[0], width: header.shape[1],
      numberSize: header.elementType.size)
  }

  /// Returns the position of a column, which is its number.
  public func position(of column: String) throws(GatewiseError) -> Int {
    guard let position = Int(column), columns.indices.contains(position), columns[position] == column else {
      throw noColumn(column)
    }
    return position
  }

  /// Whether there is such a column.
  public func isNumeric(_ column: String) -> Bool { (try? position(of: column)) != nil }

  /// Returns some of the columns, read from the file on demand.
  public func rows(of columns: [String]) throws(GatewiseError) -> any RowStorage {
    var chosen: [Int] = []
    for column in columns { chosen.append(try position(of: column)) }
    return ArrayRows(array: array, chosen: chosen)
  }
}

/// The layout of an array in a file.
private struct StoredArray: Sendable {
  let file: DataFile
  /// The offset of the first number.
  let start: Int
  let rowCount: Int
  let width: Int
  /// The size of a number in bytes: 4 or 8.
  let numberSize: Int
  let buffers = FileBuffers()
}

/// Some columns of an array.
private struct ArrayRows: RowStorage {
  let array: StoredArray
  let chosen: [Int]
  /// The bytes from the first selected number of a row to the end of the last, and the offset of the first in its row.
  private let (span, first): (Int, Int)

  var rowCount: Int { array.rowCount }
  var columnCount: Int { chosen.count }

  /// The largest number of bytes read at once.
  private static var piece: Int { 1 << 16 }

  /// - Precondition: At least one column is selected.
  init(array: StoredArray, chosen: [Int]) {
    (self.array, self.chosen) = (array, chosen)
    first = chosen.min()! * array.numberSize
    span = (chosen.max()! + 1) * array.numberSize - first
  }

  func read(_ rows: Range<Int>, into values: inout [Double], at position: Int) throws(GatewiseError) {
    try array.buffers.withBuffer { (buffer) throws(GatewiseError) in
      var window = FileWindow(array.file, buffer)
      let rowSize = array.width * array.numberSize
      // The end of the last selected number.
      let end = array.start + (rows.upperBound - 1) * rowSize + first + span
      var target = position
      for row in rows {
        let start = array.start + row * rowSize
        for column in chosen {
          let place = start + column * array.numberSize
          if place < window.start || place + array.numberSize > window.end {
            // The selected part of a row, or as much as fits into a piece.
            let from = span <= Self.piece ? start + first : place
            try window.move(to: from, count: min(max(Self.piece, array.numberSize), end - from))
          }
          let number = number(at: place - window.start, of: window.bytes)
          guard number.isFinite else {
            throw .file(
              path: array.file.path,
              problem:
                "row \(row), column \(column), both counted from 0, holds \(number), which is not a finite number.")
          }
          values[target] = number
          target += 1
        }
      }
    }
  }

  @inline(__always)
  private func number(at offset: Int, of bytes: UnsafeRawBufferPointer) -> Double {
    array.numberSize == 8
      ? Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      : Double(Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))))
  }
}
