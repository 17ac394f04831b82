import Foundation
import Gatewise

/// The header of a NumPy array (`.npy`, versions 1 to 3): a Python literal such as
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }` after the magic number and its length.
///
/// The format is NumPy's `numpy.lib.format`. The header is not trusted until the number of bytes confirms it.
struct NumPyHeader: Sendable, Equatable {
  /// The type of the numbers.
  let elementType: SafetensorsFile.ElementType
  /// Whether the first index varies fastest in the file.
  let isFortranOrder: Bool
  /// The shape of the array.
  let shape: [Int]
  /// The number of bytes before the numbers.
  let byteCount: Int

  /// The number of elements.
  var count: Int { shape.reduce(1, *) }

  /// Reads the header of an array.
  ///
  /// - Parameters:
  ///   - size: The bytes of the whole array, including its header.
  ///   - path: The file, for messages.
  ///   - subject: For messages: empty, or the array in the file, followed by a space.
  ///   - read: Fills a buffer with the next bytes. It is never asked for more than there are.
  /// - Throws: `GatewiseError.file` if the header is not NumPy's, or the array's length or type is wrong; and what
  ///   `read` throws.
  init(
    size: Int, path: String, subject: String = "", read: (UnsafeMutableRawBufferPointer) throws(GatewiseError) -> Void
  ) throws(GatewiseError) {
    func problem(_ what: String) -> GatewiseError { .file(path: path, problem: subject + what) }
    guard size >= 10 else { throw problem("is not a NumPy file (.npy).") }
    let start = try Self.bytes(10, read)
    guard start.starts(with: Self.magic), (1...3).contains(start[6]) else {
      throw problem("is not a NumPy file (.npy).")
    }
    var length = Int(start[8]) | Int(start[9]) << 8
    var headSize = 10
    if start[6] > 1 {
      headSize = 12
      guard size >= headSize else { throw problem("is not a NumPy file (.npy).") }
      let rest = try Self.bytes(2, read)
      length |= Int(rest[0]) << 16 | Int(rest[1]) << 24
    }
    guard length <= size - headSize else {
      throw problem("is truncated: its header should end at byte \(headSize + length), but it has \(size) bytes.")
    }
    guard length <= Self.lengthLimit else {
      throw problem("has a header of \(length) bytes, but at most \(Self.lengthLimit) are allowed.")
    }
    byteCount = headSize + length
    var literal = NumPyLiteral(try Self.bytes(length, read))
    guard let fields = literal.fields() else {
      throw problem("has a header that is not NumPy's, or has a structured type.")
    }
    guard let elementType = Self.elementTypes.first(where: { $0.name == fields.type })?.type else {
      throw problem(
        "holds numbers of type \(quoted(fields.type)), but '<f4' (float32) or '<f8' (float64) is expected; convert "
          + "it with x.astype('<f4').")
    }
    guard let shape = fields.shape else {
      throw problem("has a header with the invalid shape \(quoted(fields.shapeText)).")
    }
    guard shape.count <= 64 else { throw problem("has a header with more than 64 dimensions.") }
    self.elementType = elementType
    isFortranOrder = fields.isFortranOrder
    self.shape = shape
    try checkSize(size - byteCount, problem)
  }

  private func checkSize(_ found: Int, _ problem: (String) -> GatewiseError) throws(GatewiseError) {
    // An extent of 0 must not hide an overflow in the product of the others.
    var needed = elementType.size
    var overflow = false
    for extent in shape {
      let (product, overflows) = needed.multipliedReportingOverflow(by: max(extent, 1))
      (needed, overflow) = (product, overflow || overflows)
    }
    if shape.contains(0) { needed = 0 }
    guard !overflow, found == needed else {
      throw problem(
        "has \(found) bytes of numbers, but its shape \(shape) in \(elementType.rawValue) needs "
          + "\(overflow ? "more than any file holds" : "\(needed)").")
    }
  }

  private static func bytes(
    _ count: Int, _ read: (UnsafeMutableRawBufferPointer) throws(GatewiseError) -> Void
  ) throws(GatewiseError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: GatewiseError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(GatewiseError) { try read(buffer) } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// NumPy's own limit is lower.
  private static let lengthLimit = 1 << 16
}

extension NumPyHeader {
  /// The supported types, by NumPy's names.
  private static let elementTypes: [(name: String, type: SafetensorsFile.ElementType)] = [
    ("<f4", .float32), ("<f8", .float64), ("<f2", .float16), ("<i8", .int64), ("<i4", .int32), ("<i2", .int16),
    ("|i1", .int8), ("<u8", .uint64), ("<u4", .uint32), ("<u2", .uint16), ("|u1", .uint8), ("|b1", .bool),
  ]

  /// Returns the header of an array in C order, version 1; nil for a type that NumPy does not support.
  static func bytes(_ elementType: SafetensorsFile.ElementType, shape: [Int]) -> [UInt8]? {
    guard let type = elementTypes.first(where: { $0.type == elementType })?.name else { return nil }
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }"
    // NumPy leaves space for the array to grow along its first dimension.
    if let first = shape.first { header += String(repeating: " ", count: 21 - "\(first)".count) }
    // The numbers begin at a multiple of 64 bytes, after the 10 of the magic number, and the header ends in a newline.
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    let length = header.utf8.count
    return magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(header.utf8)
  }
}
