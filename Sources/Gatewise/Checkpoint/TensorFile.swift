/// A file of named tensors, whatever its format: what models, states and sequences are read from.
public protocol TensorFile: Sendable {
  /// What the file says about one tensor.
  associatedtype Entry: TensorEntry

  /// The path as given.
  var path: String { get }
  /// What the writer noted beside the tensors.
  var metadata: [String: String] { get }
  /// What tensors there are, in the order of the file.
  var entries: [Entry] { get }

  /// What the file says about the tensor `name`; nil where there is none.
  subscript(name: String) -> Entry? { get }

  /// The tensor `name`, its elements converted to `S`: smaller types widen exactly, larger ones are rounded.
  ///
  /// - Throws: `GatewiseError.file` where there is no such tensor, it holds no floating-point numbers, or the file
  ///   cannot be read.
  func tensor<S: Scalar>(_ name: String, as type: S.Type) throws(GatewiseError) -> Tensor<S>

  /// The elements of the tensor `name`, which holds whole numbers; truth values give 0 and 1.
  ///
  /// - Throws: `GatewiseError.file` where there is no such tensor, it holds no whole numbers, one of them is larger
  ///   than the largest `Int`, or the file cannot be read.
  func integers(_ name: String) throws(GatewiseError) -> [Int]
}

/// What a file says about one tensor.
public protocol TensorEntry: Sendable {
  /// The tensor's name.
  var name: String { get }
  /// The type of its elements in the file.
  var elementType: SafetensorsFile.ElementType { get }
  /// Its extents, row-major; empty for a single number.
  var shape: [Int] { get }
}

extension SafetensorsFile: TensorFile {}
extension SafetensorsFile.Entry: TensorEntry {}

extension TensorFile {
  /// The tensor `name` in the type that the caller expects.
  ///
  /// - Throws: as `tensor(_:as:)`.
  public func tensor<S: Scalar>(_ name: String) throws(GatewiseError) -> Tensor<S> { try tensor(name, as: S.self) }

  /// The error for a tensor that is not there, with those that are.
  package func noTensor(_ name: String) -> GatewiseError {
    let names = entries.prefix(20).map { quoted($0.name) }.joined(separator: ", ")
    let list = entries.isEmpty ? "no tensors" : entries.count > 20 ? "\(names), …" : names
    return .file(path: path, problem: "has no tensor \(quoted(name)); it has \(list).")
  }
}
