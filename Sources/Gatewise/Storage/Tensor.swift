/// A row-major array with a shape, the type of the library's inputs and outputs.
///
/// The last index varies fastest. A tensor is a value; copies share storage until one of them is changed.
/// Shapes follow the book's letters, for example `[T, N, I]` for T steps of N sequences with I inputs.
public struct Tensor<Element: BitwiseCopyable & Sendable>: Sendable {
  /// The extent of every dimension. Empty for a single number.
  public let shape: [Int]
  /// All elements, the last index fastest; their number is the product of `shape`.
  ///
  /// If it is set to a different number of elements, every function that takes the tensor throws
  /// `GatewiseError.shapeMismatch`.
  public var elements: [Element]

  /// Makes a tensor from its elements.
  ///
  /// - Throws: `GatewiseError.shapeMismatch` if the number of elements is not the product of `shape`,
  ///   `GatewiseError.invalidArgument` if an extent is negative or the product too large for any array.
  public init(shape: [Int], elements: [Element]) throws(GatewiseError) {
    guard let count = elementCount(of: shape) else {
      throw .invalidArgument(
        "The shape \(shape) is not valid: every extent must be at least 0, and the product must fit in memory.")
    }
    guard count == elements.count else {
      throw .shapeMismatch(
        name: "the list of a tensor's elements (the tensor's shape is \(shape))", expected: [count],
        found: [elements.count])
    }
    self.shape = shape
    self.elements = elements
  }

  /// Makes a matrix from its rows.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if a row is not as long as the first.
  public init(rows: [[Element]]) throws(GatewiseError) {
    let width = rows.first?.count ?? 0
    if let row = rows.firstIndex(where: { $0.count != width }) {
      throw .invalidArgument(
        "Row \(row) of a matrix has \(rows[row].count) elements, but row 0 has \(width).")
    }
    try self.init(shape: [rows.count, width], elements: rows.flatMap { $0 })
  }

  /// Makes a tensor in which every element is `value`.
  ///
  /// - Precondition: no extent is negative, and an array of their product fits in memory.
  public init(repeating value: Element, shape: [Int]) {
    guard let count = elementCount(of: shape) else {
      preconditionFailure("the shape \(shape) is not valid")
    }
    self.shape = shape
    self.elements = Array(repeating: value, count: count)
  }

  /// The element at `indices`, one for every dimension.
  public subscript(indices: Int...) -> Element {
    get { elements[offset(of: indices)] }
    set { elements[offset(of: indices)] = newValue }
  }

  /// Checks the tensor's shape and its number of elements, since `elements` may have been set to any array.
  package func require(shape expected: [Int], named name: @autoclosure () -> String) throws(GatewiseError) {
    guard shape == expected, elements.count == elementCount(of: expected) else {
      throw .shapeMismatch(
        name: name(), expected: expected, found: shape == expected ? [elements.count] : shape)
    }
  }

  /// Checks that the number of elements is the product of the shape.
  package func requireElements(named name: @autoclosure () -> String) throws(GatewiseError) {
    try require(shape: shape, named: name())
  }

  private func offset(of indices: [Int]) -> Int {
    precondition(indices.count == shape.count, "\(indices.count) indices for \(shape.count) dimensions")
    var offset = 0
    for (index, extent) in zip(indices, shape) {
      precondition(index >= 0 && index < extent, "index \(indices) is outside of shape \(shape)")
      offset = offset * extent + index
    }
    return offset
  }
}

/// Returns the product of a shape's extents, nil if one is negative or the product too large for any array.
package func elementCount(of shape: [Int]) -> Int? {
  shape.reduce(into: 1 as Int?) { product, extent in
    guard let (value, overflows) = product?.multipliedReportingOverflow(by: extent) else { return }
    product = overflows || extent < 0 ? nil : value
  }
}

extension Tensor: Equatable where Element: Equatable {}
