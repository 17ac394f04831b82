import Gatewise

/// A NumPy array `[rows, columns]` in a file (`.npy`) as a table whose columns are named by their numbers, from 0 on.
///
/// Of `float32` or `float64` numbers, in C order as `numpy.save` writes it. The file is mapped: it may be larger than
/// memory. Leave it alone meanwhile.
public struct NumPyTable: SeriesTable {
  /// The columns' numbers.
  public let columns: [String]
  private let array: MappedArray

  /// The file, as it is named in messages.
  public var path: String { array.file.path }

  /// Opens a file; none of its numbers is read.
  ///
  /// - Throws: `GatewiseError.file` where it is missing, unreadable, no `.npy` file, shorter or longer than its header
  ///   says, in Fortran order, or of another shape or type.
  public init(path: String) throws(GatewiseError) {
    let file = try MappedFile(path: path)
    var offset = 0
    let header = try NumPyHeader(size: file.bytes.count, path: path) { (buffer) throws(GatewiseError) in
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + buffer.count]))
      offset += buffer.count
    }
    guard header.shape.count == 2, !header.shape.contains(0) else {
      throw .file(path: path, problem: "has the shape \(header.shape), but [rows, columns] is expected.")
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
        problem: "is in Fortran order, in which the numbers of a row lie far from each other; save it again with "
          + "numpy.ascontiguousarray(x).")
    }
    columns = (0..<header.shape[1]).map(String.init)
    array = MappedArray(
      file: file, start: header.byteCount, rowCount: header.shape[0], width: header.shape[1],
      isDouble: header.elementType == .float64)
  }

  /// Whether there is such a column.
  public func isNumeric(_ column: String) -> Bool { columns.contains(column) }

  /// Some of the columns, read from the file when they are wanted.
  public func rows(of columns: [String]) throws(GatewiseError) -> any RowStorage {
    var chosen: [Int] = []
    for column in columns { chosen.append(try position(of: column)) }
    return ArrayRows(array: array, chosen: chosen)
  }
}

/// Where the numbers of an array lie.
private struct MappedArray: Sendable {
  let file: MappedFile
  /// The byte of the first number.
  let start: Int
  let rowCount: Int
  let width: Int
  let isDouble: Bool
}

/// Some columns of an array.
private struct ArrayRows: RowStorage {
  let array: MappedArray
  let chosen: [Int]

  var rowCount: Int { array.rowCount }
  var columnCount: Int { chosen.count }

  func read(_ rows: Range<Int>, into values: inout [Double], at position: Int) throws(GatewiseError) {
    try array.file.checkLength()
    let bytes = array.file.bytes
    var target = position
    for row in rows {
      for column in chosen {
        let index = row * array.width + column
        let number =
          array.isDouble
          ? Double(
            bitPattern: UInt64(
              littleEndian: bytes.loadUnaligned(fromByteOffset: array.start + 8 * index, as: UInt64.self)))
          : Double(
            Float(
              bitPattern: UInt32(
                littleEndian: bytes.loadUnaligned(fromByteOffset: array.start + 4 * index, as: UInt32.self))))
        guard number.isFinite else {
          throw .file(
            path: array.file.path,
            problem: "row \(row), column \(column), both counted from 0, holds \(number), which is not a finite number."
          )
        }
        values[target] = number
        target += 1
      }
    }
  }
}
