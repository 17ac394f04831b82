import Foundation
import Gatewise

/// A NumPy array file (`.npy`, versions 1 to 3) of float32 or float64 numbers, little-endian, in C order.
///
/// The format is NumPy's `numpy.lib.format`. Nothing in the header is believed before the file's length confirms it.
public struct NumPyFile: Sendable {
  /// The file, as it is named in messages.
  public let path: String
  /// The extent of every dimension.
  public let shape: [Int]
  /// The type of the numbers in the file.
  public let dataType: DataType
  private let bytes: [UInt8]
  private let offset: Int

  /// Reads a file.
  ///
  /// - Throws: `GatewiseError.file` where it is missing, unreadable, no `.npy` file, shorter or longer than its header
  ///   says, or an array of another type or order.
  public init(path: String) throws(GatewiseError) {
    let bytes = try InputFile(path: path).readAll()
    guard bytes.count >= 10, bytes.starts(with: [0x93] + Array("NUMPY".utf8)), (1...3).contains(bytes[6]) else {
      throw .file(path: path, problem: "is not a NumPy file (.npy).")
    }
    let lengthSize = bytes[6] == 1 ? 2 : 4
    let length = bytes[8...].prefix(lengthSize).reversed().reduce(0) { $0 << 8 | Int($1) }
    let offset = 8 + lengthSize + length
    guard offset <= bytes.count else {
      throw .file(
        path: path, problem: "is cut off: its header should end at byte \(offset), but it has \(bytes.count) bytes.")
    }
    let header = try NumPyHeader(bytes[(8 + lengthSize)..<offset], path: path)
    // An extent of 0 must not hide others whose product no Int can hold.
    var needed = header.dataType == .float32 ? 4 : 8
    var overflow = false
    for extent in header.shape {
      let (product, overflows) = needed.multipliedReportingOverflow(by: max(extent, 1))
      (needed, overflow) = (product, overflow || overflows)
    }
    if header.shape.contains(0) { needed = 0 }
    guard !overflow, bytes.count - offset == needed else {
      throw .file(
        path: path,
        problem: "has \(bytes.count - offset) bytes of numbers, but its shape \(header.shape) in "
          + "\(header.dataType.rawValue) needs \(overflow ? "more than any file holds" : "\(needed)").")
    }
    (self.path, self.bytes, self.offset) = (path, bytes, offset)
    (shape, dataType) = (header.shape, header.dataType)
  }

  /// The array, each number rounded to `S` where the file's type is wider.
  public func tensor<S: Scalar>(_: S.Type = S.self) -> Tensor<S> {
    var tensor = Tensor<S>(repeating: 0, shape: shape)
    bytes.withUnsafeBytes { raw in
      for index in tensor.elements.indices {
        switch dataType {
        case .float32:
          let bits = raw.loadUnaligned(fromByteOffset: offset + 4 * index, as: UInt32.self)
          tensor.elements[index] = S(Float(bitPattern: UInt32(littleEndian: bits)))
        case .float64:
          let bits = raw.loadUnaligned(fromByteOffset: offset + 8 * index, as: UInt64.self)
          tensor.elements[index] = S(Double(bitPattern: UInt64(littleEndian: bits)))
        }
      }
    }
    return tensor
  }

  /// The array as a batch of sequences `[T, N, I]`; a file of shape `[T, I]` is one sequence.
  ///
  /// - Throws: `GatewiseError.file` where the file has another number of dimensions, not `inputSize` inputs, or
  ///   no sequence.
  public func sequences<S: Scalar>(_: S.Type = S.self, inputSize: Int) throws(GatewiseError) -> Tensor<S> {
    guard shape.count == 2 || shape.count == 3, shape.last == inputSize else {
      throw .file(
        path: path,
        problem: "has the shape \(shape), but the model reads [T, \(inputSize)] or [T, N, \(inputSize)].")
    }
    guard !shape.dropLast().dropFirst().contains(0) else {
      throw .file(path: path, problem: "has the shape \(shape), but at least one sequence is expected.")
    }
    let flat: Tensor<S> = tensor()
    do {
      return try Tensor(shape: shape.count == 3 ? shape : [shape[0], 1, shape[1]], elements: flat.elements)
    } catch {
      preconditionFailure("a dimension of extent 1 changes no count: \(error)")
    }
  }

  /// Writes a tensor as a `.npy` file of version 1, all or nothing.
  ///
  /// - Throws: `GatewiseError.file` where the file cannot be written.
  public static func write<S: Scalar>(_ tensor: Tensor<S>, to path: String) throws(GatewiseError) {
    let extents = tensor.shape.map { "\($0), " }.joined()
    let type = S.dataType == .float32 ? "<f4" : "<f8"
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }"
    // The numbers begin at a multiple of 64 bytes, behind the 10 of the magic, and the header ends in a line end.
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
    bytes += [UInt8(header.utf8.count & 0xff), UInt8(header.utf8.count >> 8)]
    bytes += Array(header.utf8)
    bytes.reserveCapacity(bytes.count + tensor.elements.count * MemoryLayout<S>.size)
    for element in tensor.elements {
      switch S.dataType {
      case .float32: withUnsafeBytes(of: Float(element).bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
      case .float64: withUnsafeBytes(of: Double(element).bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
      }
    }
    try AtomicFile.write(bytes, to: path)
  }
}

/// The dictionary at the head of a NumPy file: a Python literal such as
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct NumPyHeader {
  let dataType: DataType
  let shape: [Int]

  init(_ bytes: ArraySlice<UInt8>, path: String) throws(GatewiseError) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let type = Self.value(of: "descr", in: text, from: "'", to: "'"),
      let order = Self.value(of: "fortran_order", in: text, from: "", to: ","),
      let extents = Self.value(of: "shape", in: text, from: "(", to: ")")
    else {
      throw .file(path: path, problem: "has a header that is not NumPy's, or a structured type.")
    }
    switch type {
    case "<f4": dataType = .float32
    case "<f8": dataType = .float64
    default:
      throw .file(
        path: path, problem: "holds numbers of the type \(type), but '<f4' (float32) or '<f8' (float64) is expected.")
    }
    guard order == "False" else {
      throw .file(path: path, problem: "is in Fortran order; save numpy.ascontiguousarray(x) instead.")
    }
    var shape: [Int] = []
    for part in extents.split(separator: ",") where !part.allSatisfy(\.isWhitespace) {
      guard let extent = Int(part.filter { !$0.isWhitespace }), extent >= 0 else {
        throw .file(path: path, problem: "has a header with the shape (\(extents)), which is none.")
      }
      shape.append(extent)
    }
    self.shape = shape
  }

  /// What stands between `opening` and `closing` behind a key.
  private static func value(of key: String, in text: String, from opening: String, to closing: String) -> String? {
    guard let name = text.range(of: "'\(key)'") else { return nil }
    let rest = text[name.upperBound...].drop { $0.isWhitespace || $0 == ":" }
    guard rest.hasPrefix(opening) else { return nil }
    let inside = rest.dropFirst(opening.count)
    guard let end = inside.range(of: closing) else { return nil }
    return String(inside[..<end.lowerBound])
  }
}
