import CZlib
import Gatewise

extension NPZFile {
  /// Writes tensors atomically as an archive for `numpy.load`.
  ///
  /// The layout is that of `numpy.savez`: stored arrays of version 1 in the given order, each with ZIP64 sizes. Equal
  /// tensors give equal bytes.
  ///
  /// - Parameters:
  ///   - tensors: Tensors with distinct names, of types that NumPy supports.
  ///   - metadata: Text to store as the array `gatewise` of bytes in UTF-8; nil for none.
  ///   - path: The path to write. An existing file is replaced only when the new one is complete.
  /// - Throws: `GatewiseError.invalidArgument` if names repeat or NumPy does not support a type, `GatewiseError.file`
  ///   if the file cannot be written.
  package static func write(
    _ tensors: [SafetensorsFile.NamedTensor], metadata: String? = nil, to path: String
  ) throws(GatewiseError) {
    var tensors = tensors
    if let metadata {
      let bytes = Array(metadata.utf8)
      guard bytes.count <= metadataLimit else {
        throw .invalidArgument(
          "The text stored with the arrays has \(bytes.count) bytes; at most \(metadataLimit) are allowed.")
      }
      tensors.append(.init(ModelMetadata.key, .uint8, shape: [bytes.count]) { bytes })
    }
    try check(tensors)
    try AtomicFile.write(to: path) { (writer) throws(GatewiseError) in
      var directory: [UInt8] = []
      var place = 0
      for tensor in tensors {
        let member = try ZipMember(tensor, at: place)
        try writer.write(member.header)
        try writer.write(member.arrayHead)
        try tensor.send { (bytes) throws(GatewiseError) in try writer.write(bytes) }
        directory += member.entry
        place += member.header.count + member.size
      }
      try writer.write(directory)
      try writer.write(ZipMember.end(count: tensors.count, directory: place..<place + directory.count))
    }
  }

  private static func check(_ tensors: [SafetensorsFile.NamedTensor]) throws(GatewiseError) {
    guard tensors.count <= ZipArchive.memberLimit else {
      throw .invalidArgument("A .npz file holds at most \(ZipArchive.memberLimit) arrays, not \(tensors.count).")
    }
    var names: Set<String> = []
    for tensor in tensors {
      guard names.insert(tensor.name).inserted else {
        throw .invalidArgument("A file cannot hold two arrays named \(quoted(tensor.name)); rename one of them.")
      }
      guard !tensor.name.isEmpty, tensor.name.utf8.count < 0xff00 else {
        throw .invalidArgument("An array cannot be named \(quoted(tensor.name)); choose another name.")
      }
    }
  }
}

/// One stored member of a ZIP file to be written.
private struct ZipMember {
  /// The header before the member's bytes.
  let header: [UInt8]
  /// The header of the `.npy` array.
  let arrayHead: [UInt8]
  /// The size of the array in bytes, with its header.
  let size: Int
  /// The member's entry in the directory.
  let entry: [UInt8]

  /// Reads the tensor's bytes once for their checksum, which is part of the header.
  init(_ tensor: SafetensorsFile.NamedTensor, at place: Int) throws(GatewiseError) {
    guard let head = NumPyHeader.bytes(tensor.elementType, shape: tensor.shape) else {
      throw .invalidArgument(
        "\(quoted(tensor.name)) has the type \(tensor.elementType.rawValue), which NumPy does not support; convert it.")
    }
    var checksum = head.withUnsafeBytes { Self.checksum(0, $0) }
    try tensor.send { (bytes) throws(GatewiseError) in
      guard bytes.count == tensor.byteCount else {
        throw .shapeMismatch(
          name: "the list of elements of \(tensor.name) (its shape is \(tensor.shape))",
          expected: [tensor.byteCount / tensor.elementType.size], found: [bytes.count / tensor.elementType.size])
      }
      checksum = Self.checksum(checksum, bytes)
    }
    let size = head.count + tensor.byteCount
    let name = Array("\(tensor.name).npy".utf8)
    // Bit 11: the name is in UTF-8. The time is fixed at 1 January 1980, so that the bytes do not depend on it.
    let common =
      Self.number(name.allSatisfy { $0 < 0x80 } ? 0 : 1 << 11, 2) + Self.number(0, 2) + Self.number(0, 2)
      + Self.number(0x21, 2) + Self.number(Int(checksum), 4)
    let needed = Self.number(45, 2)
    let localExtra = Self.number(1, 2) + Self.number(16, 2) + Self.number(size, 8) + Self.number(size, 8)
    header =
      Self.number(0x0403_4b50, 4) + needed + common + Self.number(ZipFields.isElsewhere, 4)
      + Self.number(ZipFields.isElsewhere, 4) + Self.number(name.count, 2) + Self.number(localExtra.count, 2) + name
      + localExtra
    // The directory stores sizes that fit into 32 bits in its own fields.
    let isWide = (size: size >= ZipFields.isElsewhere, place: place >= ZipFields.isElsewhere)
    let wide = (isWide.size ? [size, size] : []) + (isWide.place ? [place] : [])
    let extra =
      wide.isEmpty ? [] : Self.number(1, 2) + Self.number(8 * wide.count, 2) + wide.flatMap { Self.number($0, 8) }
    let narrowSize = Self.number(isWide.size ? ZipFields.isElsewhere : size, 4)
    // Created on a Unix system, readable and writable by its owner, as NumPy's are.
    entry =
      Self.number(0x0201_4b50, 4) + Self.number(3 << 8 | 45, 2) + needed + common + narrowSize + narrowSize
      + Self.number(name.count, 2) + Self.number(extra.count, 2) + Self.number(0, 6)
      + Self.number(0o600 << 16, 4) + Self.number(isWide.place ? ZipFields.isElsewhere : place, 4) + name + extra
    (arrayHead, self.size) = (head, size)
  }

  /// Returns the records after the directory.
  static func end(count: Int, directory: Range<Int>) -> [UInt8] {
    let (length, start) = (directory.count, directory.lowerBound)
    let isWide = start >= ZipFields.isElsewhere
    let record =
      number(0x0606_4b50, 4) + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8) + number(count, 8)
      + number(count, 8) + number(length, 8) + number(start, 8) + number(0x0706_4b50, 4) + number(0, 4)
      + number(directory.upperBound, 8) + number(1, 4)
    return (isWide ? record : []) + number(0x0605_4b50, 4) + number(0, 4) + number(count, 2) + number(count, 2)
      + number(length, 4) + number(isWide ? ZipFields.isElsewhere : start, 4) + number(0, 2)
  }

  private static func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func checksum(_ checksum: uLong, _ bytes: UnsafeRawBufferPointer) -> uLong {
    // zlib's count is 32 bits wide.
    stride(from: 0, to: bytes.count, by: 1 << 30).reduce(checksum) { checksum, start in
      let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + (1 << 30), bytes.count)])
      return crc32(checksum, piece.baseAddress?.assumingMemoryBound(to: Bytef.self), uInt(piece.count))
    }
  }
}
