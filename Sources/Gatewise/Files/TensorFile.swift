/// A file of named tensors in any format, from which models, states and sequences are read.
package protocol TensorFile: Sendable {
  /// The description of one tensor.
  associatedtype Entry: TensorEntry

  /// The path as given.
  var path: String { get }
  /// The text that was stored with the tensors.
  var metadata: [String: String] { get }
  /// The entries of all tensors, in the order of the file.
  var entries: [Entry] { get }

  /// The entry of the tensor `name`, nil if there is none.
  subscript(name: String) -> Entry? { get }

  /// Reads the tensor `name`, with its elements converted to `S`: smaller types are widened exactly, larger ones
  /// rounded.
  ///
  /// - Throws: `GatewiseError.file` if there is no such tensor, it has no floating-point numbers, or the file cannot be
  ///   read.
  func tensor<S: Scalar>(_ name: String, as type: S.Type) throws(GatewiseError) -> Tensor<S>

  /// Reads the elements of the tensor `name`, which must be integers; Booleans are converted to 0 and 1.
  ///
  /// - Throws: `GatewiseError.file` if there is no such tensor, it has no integers, one of them is larger than the
  ///   largest `Int`, or the file cannot be read.
  func integers(_ name: String) throws(GatewiseError) -> [Int]
}

/// The description of a tensor in a file.
package protocol TensorEntry: Sendable {
  /// The tensor's name.
  var name: String { get }
  /// The type of its elements in the file.
  var elementType: SafetensorsFile.ElementType { get }
  /// The tensor's shape, row-major; empty for a single number.
  var shape: [Int] { get }
}

extension TensorFile {
  /// Reads the tensor `name` in the type that the caller expects.
  ///
  /// - Throws: as `tensor(_:as:)`.
  package func tensor<S: Scalar>(_ name: String) throws(GatewiseError) -> Tensor<S> { try tensor(name, as: S.self) }

  /// Returns the error for a missing tensor, with the names of the existing ones.
  package func noTensor(_ name: String) -> GatewiseError {
    let names = entries.prefix(20).map { quoted($0.name) }.joined(separator: ", ")
    let list = entries.isEmpty ? "no tensors" : entries.count > 20 ? "\(names), …" : names
    return .file(path: path, problem: "has no tensor \(quoted(name)); it has \(list).")
  }
}
