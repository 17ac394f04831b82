extension SafetensorsFile {
  /// A tensor to write to a file: name, shape, and elements that may be created only when they are written.
  package struct NamedTensor: Sendable {
    /// The name in the file.
    package let name: String
    /// The type of the elements.
    package let elementType: ElementType
    /// The shape, row-major.
    package let shape: [Int]
    // Passes the elements' bytes to a closure.
    package let send:
      @Sendable (_ receive: (UnsafeRawBufferPointer) throws(GatewiseError) -> Void) throws(GatewiseError) -> Void

    /// Makes a named tensor from a tensor in memory.
    package init<S: Scalar>(_ name: String, _ tensor: Tensor<S>) {
      self.init(name, ElementType(S.dataType), shape: tensor.shape) { tensor.elements }
    }

    /// Makes a tensor of integers, `I64` in the file.
    ///
    /// - Throws: `GatewiseError.shapeMismatch` if the number of elements is not the product of `shape`,
    ///   `GatewiseError.invalidArgument` if an extent is negative or the product too large for any array.
    package init(_ name: String, shape: [Int], integers: [Int]) throws(GatewiseError) {
      guard let count = elementCount(of: shape) else {
        throw .invalidArgument(
          "The shape \(shape) of \(name) is not valid: every extent must be at least 0, and the product must fit in "
            + "memory.")
      }
      guard count == integers.count else {
        throw .shapeMismatch(
          name: "the list of elements of \(name) (its shape is \(shape))", expected: [count], found: [integers.count])
      }
      self.init(name, .int64, shape: shape) { integers }
    }

    /// Makes a tensor whose elements are created when they are written, so that only one such tensor is in memory at a
    /// time.
    ///
    /// - Precondition: `elements` returns the product of `shape` elements of `elementType`.
    package init<Element: BitwiseCopyable>(
      _ name: String, _ elementType: ElementType, shape: [Int], elements: @escaping @Sendable () -> [Element]
    ) {
      precondition(MemoryLayout<Element>.stride == elementType.size, "\(Element.self) is not \(elementType)")
      self.name = name
      self.elementType = elementType
      self.shape = shape
      self.send = { (receive) throws(GatewiseError) in
        var failure: GatewiseError?
        elements().withUnsafeBytes { bytes in
          do throws(GatewiseError) { try receive(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
      }
    }

    package var byteCount: Int { shape.reduce(elementType.size, *) }
  }

  /// Writes `tensors` atomically as a safetensors file.
  ///
  /// The tensors are in the order of the reference implementation: larger element types first, then by name. The same
  /// tensors and metadata give the same bytes.
  ///
  /// - Parameters:
  ///   - tensors: Tensors with different names, none of them `__metadata__`.
  ///   - metadata: Text to store with the tensors.
  ///   - path: The path of the file. An existing file is replaced only when the new one is complete; see
  ///     ``AtomicFile``.
  /// - Throws: `GatewiseError.invalidArgument` for repeated names or a header that is too large, `GatewiseError.file`
  ///   if the file cannot be written.
  package static func write(
    _ tensors: [NamedTensor], metadata: [String: String] = [:], to path: String
  ) throws(GatewiseError) {
    let sorted = tensors.sorted {
      $0.elementType.rank != $1.elementType.rank
        ? $0.elementType.rank > $1.elementType.rank : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
    let header = try header(sorted, metadata)
    try AtomicFile.write(to: path) { (writer) throws(GatewiseError) in
      try writer.write(header)
      for tensor in sorted {
        try tensor.send { (bytes) throws(GatewiseError) in
          guard bytes.count == tensor.byteCount else {
            throw .shapeMismatch(
              name: "the list of elements of \(tensor.name) (its shape is \(tensor.shape))",
              expected: [tensor.byteCount / tensor.elementType.size], found: [bytes.count / tensor.elementType.size])
          }
          try writer.write(bytes)
        }
      }
    }
  }

  private static func header(
    _ tensors: [NamedTensor], _ metadata: [String: String]
  ) throws(GatewiseError) -> [UInt8] {
    guard tensors.count <= SafetensorsHeader.itemLimit, metadata.count <= SafetensorsHeader.itemLimit else {
      throw .invalidArgument(
        "A file can have at most \(SafetensorsHeader.itemLimit) tensors and as many metadata entries, but "
          + "\(tensors.count) and \(metadata.count) are given; write fewer.")
    }
    var names: Set<String> = [SafetensorsHeader.metadataKey]
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(jsonString($0.key)):\(jsonString($0.value))" }
      members.append("\(jsonString(SafetensorsHeader.metadataKey)):{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for tensor in tensors {
      guard names.insert(tensor.name).inserted else {
        throw .invalidArgument("A file cannot hold two tensors named \(quoted(tensor.name)); rename one of them.")
      }
      let end = offset + tensor.byteCount
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(jsonString(tensor.name)):{\"dtype\":\"\(tensor.elementType.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var json = Array("{\(members.joined(separator: ","))}".utf8)
    // Spaces pad the header to a multiple of 8, so that the data is aligned.
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    guard json.count <= SafetensorsHeader.lengthLimit else {
      throw .invalidArgument(
        "The names and metadata take \(json.count) bytes, but a safetensors header can have at most"
          + " \(SafetensorsHeader.lengthLimit); store less text.")
    }
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
  }

  private static func jsonString(_ text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": json += "\\\""
      case "\\": json += "\\\\"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: json.unicodeScalars.append(scalar)
      }
    }
    return json + "\""
  }
}
