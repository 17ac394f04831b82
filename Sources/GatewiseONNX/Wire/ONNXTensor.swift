import Gatewise

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A tensor of the file whose shape and data have been checked against each other; its numbers are converted on demand.
struct ONNXTensor {
  /// The name in errors.
  let name: String
  let shape: [Int]
  let elementType: ONNXElementType
  /// The number of elements.
  let count: Int
  private let path: String
  private let proto: ONNXTensorProto
  /// The location of the numbers if they are not in the model's own file.
  private let external: ExternalData?

  /// Checks `proto`, which is in the file at `path`.
  ///
  /// - Parameter name: The name in errors if the tensor has no name of its own.
  /// - Throws: `GatewiseError.file` naming the tensor if its type is not supported, its shape is invalid, or the number
  ///   of elements differs from the shape.
  init(_ proto: ONNXTensorProto, name: String? = nil, path: String) throws(GatewiseError) {
    let name = quoted(proto.name.isEmpty ? name ?? "" : proto.name)
    func problem(_ what: String) -> GatewiseError { .file(path: path, problem: "tensor \(name) \(what).") }
    guard let elementType = ONNXElementType(rawValue: proto.dataType) else {
      throw problem("is of the type \(proto.dataType), but 16- to 64-bit numbers are expected; convert it first")
    }
    let shape = proto.dims.map { Int($0) }
    // In bytes: this finds a product of extents that exceeds any array, even if a zero extent hides it.
    guard let bytes = elementCount(of: shape + [elementType.size]), isOrdinary(shape) else {
      throw problem("has the shape \(shape), which exceeds any memory; write the file again")
    }
    (self.name, self.shape, self.elementType, self.path, self.proto) = (name, shape, elementType, path, proto)
    count = bytes / elementType.size
    if proto.dataLocation == .external {
      external = try ExternalData(proto.externalData, of: name, byteCount: bytes, modelPath: path)
      return
    }
    external = nil
    let found = proto.hasRawData ? proto.rawData.count / elementType.size : Self.listed(proto, elementType)
    guard found == count, !proto.hasRawData || proto.rawData.count == bytes else {
      throw problem(
        "of the shape \(shape) requires \(bytes) bytes or \(count) numbers, but the file has"
          + (proto.hasRawData ? " \(proto.rawData.count) bytes" : " \(found) numbers") + "; write the file again")
    }
  }

  private static func listed(_ proto: ONNXTensorProto, _ type: ONNXElementType) -> Int {
    switch type {
    case .float32: proto.floatData.count
    case .float64: proto.doubleData.count
    case .int64: proto.int64Data.count
    default: proto.int32Data.count
    }
  }

  /// Returns the numbers as floating point: half precision widens exactly, double precision is rounded if `S` is
  /// `Float`.
  ///
  /// - Throws: `GatewiseError.file` if they are integers, or a file beside the model cannot be read.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func elements<S: Scalar>(as type: S.Type = S.self) throws(GatewiseError) -> [S] {
    guard elementType.isFloatingPoint else {
      throw .file(path: path, problem: "tensor \(name) holds integers, but floating-point numbers are expected.")
    }
    if external == nil, !proto.hasRawData {
      switch elementType {
      case .float32: return proto.floatData.map { S($0) }
      case .float64: return proto.doubleData.map { S($0) }
      case .float16: return proto.int32Data.map { S(Float16(bitPattern: UInt16(truncatingIfNeeded: $0))) }
      default: return proto.int32Data.map { S(Float(bitPattern: UInt32(truncatingIfNeeded: $0) << 16)) }
      }
    }
    let read = { (bytes: UnsafeRawBufferPointer) -> [S] in
      switch elementType {
      case .float32: Self.convert(bytes, from: UInt32.self) { S(Float(bitPattern: $0)) }
      case .float64: Self.convert(bytes, from: UInt64.self) { S(Double(bitPattern: $0)) }
      case .float16: Self.convert(bytes, from: UInt16.self) { S(Float16(bitPattern: $0)) }
      default: Self.convert(bytes, from: UInt16.self) { S(Float(bitPattern: UInt32($0) << 16)) }
      }
    }
    if let external { return try external.bytes().withUnsafeBytes(read) }
    return proto.rawData.withUnsafeBytes(read)
  }

  /// The numbers as integers; nil if they are not integers, or more than any shape has.
  func integers() -> [Int]? {
    guard !elementType.isFloatingPoint, external == nil, count <= 4096 else { return nil }
    guard proto.hasRawData else {
      return elementType == .int64 ? proto.int64Data.map { Int($0) } : proto.int32Data.map { Int($0) }
    }
    return proto.rawData.withUnsafeBytes { bytes in
      switch elementType {
      case .int64: Self.convert(bytes, from: Int64.self) { Int($0) }
      case .int32: Self.convert(bytes, from: Int32.self) { Int($0) }
      case .int16: Self.convert(bytes, from: Int16.self) { Int($0) }
      case .uint16: Self.convert(bytes, from: UInt16.self) { Int($0) }
      case .int8: Self.convert(bytes, from: Int8.self) { Int($0) }
      default: Self.convert(bytes, from: UInt8.self) { Int($0) }
      }
    }
  }

  private static func convert<Stored: FixedWidthInteger, Element>(
    _ bytes: UnsafeRawBufferPointer, from type: Stored.Type, _ element: (Stored) -> Element
  ) -> [Element] {
    let size = MemoryLayout<Stored>.size
    return (0..<bytes.count / size).map {
      element(Stored(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * size, as: Stored.self)))
    }
  }
}

/// Whether no product of a shape's extents overflows, even if one of them is zero and there are no elements.
func isOrdinary(_ shape: [Int]) -> Bool {
  shape.count <= 64 && shape.allSatisfy { 0...Int(Int32.max) ~= $0 }
    && elementCount(of: shape.map { max($0, 1) } + [64]) != nil
}
