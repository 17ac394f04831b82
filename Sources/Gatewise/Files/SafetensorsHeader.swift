/// The header of a safetensors file, checked against the length of the file before anything else is read.
///
/// A file has 8 bytes with the header's length (unsigned, little-endian), the header (a JSON object of tensors) and the
/// data section, which the tensors' bytes fill completely. Format:
/// https://huggingface.co/docs/safetensors
struct SafetensorsHeader {
  /// The maximum length of a header in bytes, that of the reference implementation.
  static let lengthLimit = 100_000_000
  /// The maximum number of dimensions of a tensor, that of NumPy.
  static let dimensionLimit = 64
  /// The maximum number of tensors, and of metadata entries, since each may take more memory than its bytes in the
  /// header.
  static let itemLimit = 1 << 16
  /// The key of the header that is not a tensor.
  static let metadataKey = "__metadata__"

  private(set) var metadata: [String: String] = [:]
  /// The entries of the tensors, in the order of their bytes in the file.
  private(set) var entries: [SafetensorsFile.Entry] = []

  init(_ file: InputFile) throws(GatewiseError) {
    let length = try Self.length(in: file)
    var scanner = HeaderScanner(file, in: 8..<(8 + length))
    let dataStart = 8 + length
    var metadata: [String: String]?
    var entries: [SafetensorsFile.Entry] = []
    var names: Set<String> = []
    try scanner.object { (name, scanner) throws(GatewiseError) in
      if name == Self.metadataKey {
        guard metadata == nil else { throw Self.problem(file, "its header has \(name) twice") }
        metadata = try Self.metadata(&scanner, file)
      } else {
        guard entries.count < Self.itemLimit else {
          throw Self.problem(file, "it has more than \(Self.itemLimit) tensors")
        }
        guard names.insert(name).inserted else { throw Self.problem(file, "it has two tensors named \(quoted(name))") }
        entries.append(try Self.entry(name, &scanner, file, dataStart: dataStart))
      }
    }
    try scanner.end()
    self.metadata = metadata ?? [:]
    self.entries = try Self.inOrder(entries, file, dataStart: dataStart)
  }

  private static func length(in file: InputFile) throws(GatewiseError) -> Int {
    guard file.size >= 8 else {
      throw problem(file, "it has \(file.size) bytes, but the length of the header alone takes 8")
    }
    let length = try file.bytes(in: 0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    // The comparison in UInt64 cannot overflow.
    guard length <= UInt64(file.size - 8) else {
      throw problem(file, "it declares a header of \(length) bytes, but has only \(file.size) bytes")
    }
    guard length <= UInt64(lengthLimit) else {
      throw problem(file, "it declares a header of \(length) bytes, but at most \(lengthLimit) are allowed")
    }
    return Int(length)
  }

  private static func metadata(
    _ scanner: inout HeaderScanner, _ file: InputFile
  ) throws(GatewiseError) -> [String: String] {
    var metadata: [String: String] = [:]
    try scanner.object { (key, scanner) throws(GatewiseError) in
      guard metadata.count < itemLimit else { throw problem(file, "its metadata has more than \(itemLimit) entries") }
      let previous = metadata.updateValue(try scanner.string(), forKey: key)
      guard previous == nil else { throw problem(file, "its metadata has the key \(quoted(key)) twice") }
    }
    return metadata
  }

  private static func entry(
    _ name: String, _ scanner: inout HeaderScanner, _ file: InputFile, dataStart: Int
  ) throws(GatewiseError) -> SafetensorsFile.Entry {
    var elementType: SafetensorsFile.ElementType?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { (key, scanner) throws(GatewiseError) in
      switch key {
      case "dtype" where elementType == nil:
        let typeName = try scanner.string()
        elementType = SafetensorsFile.ElementType(rawValue: typeName)
        guard elementType != nil else {
          throw problem(file, "tensor \(quoted(name)) has the unknown dtype \(quoted(typeName))")
        }
      case "shape" where shape == nil: shape = try scanner.integers(limit: dimensionLimit)
      case "data_offsets" where offsets == nil: offsets = try scanner.integers(limit: 2)
      case "dtype", "shape", "data_offsets": throw problem(file, "tensor \(quoted(name)) has its \(key) twice")
      default: throw problem(file, "tensor \(quoted(name)) has the unknown field \(quoted(key))")
      }
    }
    guard let elementType, let shape, let offsets else {
      throw problem(file, "tensor \(quoted(name)) has no dtype, no shape or no data_offsets")
    }
    let dataSize = file.size - dataStart
    guard offsets.count == 2, offsets[0] <= offsets[1], offsets[1] <= dataSize else {
      throw problem(
        file, "tensor \(quoted(name)) has the data_offsets \(offsets), outside of the \(dataSize) bytes of data")
    }
    let found = offsets[1] - offsets[0]
    guard let expected = byteCount(shape, elementType) else {
      throw problem(file, "tensor \(quoted(name)) has shape \(shape), which is too large for memory")
    }
    guard expected == found else {
      throw problem(
        file,
        "tensor \(quoted(name)) of shape \(shape) in \(elementType.rawValue) takes \(expected) bytes,"
          + " but its data_offsets cover \(found)")
    }
    return SafetensorsFile.Entry(
      name: name, elementType: elementType, shape: shape,
      byteRange: (dataStart + offsets[0])..<(dataStart + offsets[1]))
  }

  private static func byteCount(_ shape: [Int], _ elementType: SafetensorsFile.ElementType) -> Int? {
    var product = elementType.size
    for extent in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      product = next
    }
    return product
  }

  // Sorts by position and checks that every byte of the data section belongs to exactly one tensor.
  private static func inOrder(
    _ entries: [SafetensorsFile.Entry], _ file: InputFile, dataStart: Int
  ) throws(GatewiseError) -> [SafetensorsFile.Entry] {
    let sorted = entries.sorted {
      ($0.byteRange.lowerBound, $0.byteRange.upperBound) < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
    }
    var end = dataStart
    for entry in sorted {
      guard entry.byteRange.lowerBound == end else {
        let relation = entry.byteRange.lowerBound < end ? "overlaps the tensor before it" : "leaves a gap before it"
        throw problem(
          file,
          "tensor \(quoted(entry.name)) \(relation): it starts at byte \(entry.byteRange.lowerBound)"
            + " of the file, but \(end) is expected")
      }
      end = entry.byteRange.upperBound
    }
    guard end == file.size else {
      throw problem(file, "its tensors end at byte \(end), but the file has \(file.size) bytes")
    }
    return sorted
  }

  private static func problem(_ file: InputFile, _ what: String) -> GatewiseError {
    .file(path: file.path, problem: "is not a safetensors file or is damaged: \(what); write the file again.")
  }
}

/// Returns `name` in quotes for a message, truncated to 100 characters.
package func quoted(_ name: String) -> String {
  (name.count > 100 ? "\(name.prefix(100))…" : name).debugDescription
}
