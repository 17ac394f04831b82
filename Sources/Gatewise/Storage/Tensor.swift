/// A row-major array with a shape: what goes into the library and what comes out of it.
///
/// The last index runs fastest. A tensor is a value; copies share storage until one of them is changed.
/// Shapes follow the book's letters, for example `[T, N, I]` for T steps of N sequences with I inputs.
public struct Tensor<Element: BitwiseCopyable & Sendable>: Sendable {
  /// The extent of every dimension. Empty for a single number.
  public let shape: [Int]
  /// All elements, the last index fastest; `shape`'s product of them.
  public var elements: [Element]

  /// Makes a tensor from its elements.
  ///
  /// - Throws: `GatewiseError.shapeMismatch` where the number of elements is not the product of `shape`.
  public init(shape: [Int], elements: [Element]) throws {
    // A product that overflows is no number of elements that an array could have.
    let count = shape.reduce(into: 1 as Int?) { product, extent in
      guard let (value, overflows) = product?.multipliedReportingOverflow(by: extent) else { return }
      product = overflows || extent < 0 ? nil : value
    }
    guard count == elements.count else {
      throw GatewiseError.shapeMismatch(
        name: "a tensor of \(elements.count) elements", expected: [elements.count], found: shape)
    }
    self.shape = shape
    self.elements = elements
  }

  /// Makes a matrix from its rows.
  ///
  /// - Throws: `GatewiseError.invalidArgument` where the rows are not all as long as the first.
  public init(rows: [[Element]]) throws {
    let width = rows.first?.count ?? 0
    if let row = rows.firstIndex(where: { $0.count != width }) {
      throw GatewiseError.invalidArgument(
        "Row \(row) of a matrix has \(rows[row].count) elements, but row 0 has \(width).")
    }
    try self.init(shape: [rows.count, width], elements: rows.flatMap { $0 })
  }

  /// Makes a tensor in which every element is `value`.
  ///
  /// - Precondition: no extent is negative.
  public init(repeating value: Element, shape: [Int]) {
    precondition(shape.allSatisfy { $0 >= 0 }, "a tensor's shape has a negative extent: \(shape)")
    self.shape = shape
    self.elements = Array(repeating: value, count: shape.reduce(1, *))
  }

  /// The element at `indices`, one for every dimension.
  public subscript(indices: Int...) -> Element {
    get { elements[offset(of: indices)] }
    set { elements[offset(of: indices)] = newValue }
  }

  private func offset(of indices: [Int]) -> Int {
    precondition(indices.count == shape.count, "\(indices.count) indices for \(shape.count) dimensions")
    var offset = 0
    for (index, extent) in zip(indices, shape) {
      precondition(index >= 0 && index < extent, "index \(indices) lies outside shape \(shape)")
      offset = offset * extent + index
    }
    return offset
  }
}

extension Tensor: Equatable where Element: Equatable {}
