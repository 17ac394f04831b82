/// A tensor of a model file and its part of the flat parameter vector.
///
/// Reading, writing and gradients all use the table of these tensors, so that the names, shapes and orientation in a
/// file are determined only here.
struct ModelTensor: Sendable, Equatable {
  /// The relation of the tensor's elements to the parameters in `range`.
  enum Relation: Sendable {
    /// The elements are the parameters, in the same order.
    case same
    /// The elements are the transpose: parameters `[inputs, outputs]`, file `[outputs, inputs]`.
    case transposed
    /// The elements are PyTorch's second bias, which is added to the first on reading and zero on writing.
    case addend
  }

  /// The full name in the file.
  let name: String
  /// The shape in the file.
  let shape: [Int]
  /// The range in the flat parameter vector.
  let range: Range<Int>
  let relation: Relation

  /// Returns the tensors of a model file, in the order of the parameters.
  static func table(_ configuration: LSTMConfiguration, _ layout: ParameterLayout, _ names: ModelNames) -> [Self] {
    layout.entries.flatMap { entry -> [Self] in
      switch entry.role.fileForm {
      case .transposed:
        return [.init(entry.name, entry.shape.reversed(), entry.range, .transposed, names)]
      case .biases:
        // If the file has only the second bias, that one has the value.
        let present = entry.biasNames.filter { !names.absent.contains($0) }
        return present.enumerated().map { index, name in
          .init(name, entry.shape, entry.range, index == 0 ? .same : .addend, names)
        }
      case .same:
        return [.init(entry.name, entry.shape, entry.range, .same, names)]
      case .states:
        let isHidden = entry.role == .initialHidden
        let widths = isHidden ? configuration.hiddenStateSizes : configuration.cellStateSizes
        guard widths.allSatisfy({ $0 == entry.count }) else {
          return [.init(entry.name, entry.shape, entry.range, .same, names)]
        }
        // The layers' states are contiguous: together they are one tensor [L·D, H].
        guard entry.layer == 0, !entry.isReverse else { return [] }
        let range = entry.offset..<(entry.offset + widths.count * entry.count)
        return [.init(isHidden ? "h0" : "c0", [widths.count] + entry.shape, range, .same, names)]
      }
    }
  }

  private init(_ name: String, _ shape: [Int], _ range: Range<Int>, _ relation: Relation, _ names: ModelNames) {
    self.name = names.spelled(name)
    self.shape = shape
    self.range = range
    self.relation = relation
  }

  /// Returns the elements for the file from a vector in the order of the parameters.
  func elements<S: Scalar>(from parameters: [S]) -> [S] {
    relation == .transposed
      ? transpose(parameters[range], rows: shape[1], columns: shape[0]) : Array(parameters[range])
  }

  /// Stores the elements of the file in the flat vector.
  func store<S: Scalar>(_ elements: [S], in parameters: inout [S]) {
    switch relation {
    case .same: parameters.replaceSubrange(range, with: elements)
    case .transposed:
      parameters.replaceSubrange(range, with: transpose(elements[...], rows: shape[0], columns: shape[1]))
    case .addend:
      // Zeros are not added, since -0 + 0 is +0: the first bias keeps its bits.
      for (index, element) in zip(range, elements) where element != 0 { parameters[index] += element }
    }
  }
}

/// Returns the transpose of a row-major `[rows, columns]` matrix.
private func transpose<S: Scalar>(_ matrix: ArraySlice<S>, rows: Int, columns: Int) -> [S] {
  // The matrix is transposed in tiles, since otherwise every element of a target column needs its own cache line.
  let tile = 16
  var target = [S](repeating: 0, count: rows * columns)
  Array(matrix).withView { source in
    target.withMutableView { target in
      for firstRow in stride(from: 0, to: rows, by: tile) {
        for firstColumn in stride(from: 0, to: columns, by: tile) {
          for row in firstRow..<min(firstRow + tile, rows) {
            for column in firstColumn..<min(firstColumn + tile, columns) {
              target[column * rows + row] = source[row * columns + column]
            }
          }
        }
      }
    }
  }
  return target
}
