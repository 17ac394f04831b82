/// One tensor of a model file and the part of the flat parameter vector that it holds.
///
/// Reading, writing and gradients all walk the table of these, so the file's names, shapes and orientation are decided
/// here alone.
struct ModelTensor: Sendable, Equatable {
  /// How the tensor's elements relate to the parameters in `range`.
  enum Relation: Sendable {
    /// They are the same, in the same order.
    case same
    /// They are the transpose: parameters `[inputs, outputs]`, file `[outputs, inputs]`.
    case transposed
    /// PyTorch's second bias, which is added to the first on reading and zero on writing.
    case addend
  }

  /// The full name in the file.
  let name: String
  /// The shape in the file.
  let shape: [Int]
  /// The place in the flat parameter vector.
  let range: Range<Int>
  let relation: Relation

  /// The tensors of a model file, in the order of the parameters.
  static func table(_ configuration: LSTMConfiguration, _ layout: ParameterLayout, _ names: ModelNames) -> [Self] {
    layout.entries.flatMap { entry -> [Self] in
      switch entry.role {
      case .inputWeights, .recurrentWeights, .gateWeights, .projectionWeights, .readoutWeights, .shortcutWeights:
        return [.init(entry.name, entry.shape.reversed(), entry.range, .transposed, names)]
      case .bias, .readoutBias:
        // Where the file has the second bias alone, that one takes the value.
        let present = entry.biasNames.filter { !names.absent.contains($0) }
        return present.enumerated().map { index, name in
          .init(name, entry.shape, entry.range, index == 0 ? .same : .addend, names)
        }
      case .embedding, .peepholes, .normalizationGain, .normalizationBias:
        return [.init(entry.name, entry.shape, entry.range, .same, names)]
      case .initialHidden, .initialCell:
        let isHidden = entry.role == .initialHidden
        let widths = isHidden ? configuration.hiddenStateSizes : configuration.cellStateSizes
        guard widths.allSatisfy({ $0 == entry.count }) else {
          return [.init(entry.name, entry.shape, entry.range, .same, names)]
        }
        // The layers' states lie one behind the other: together they are one tensor [L·D, H].
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

  /// The elements for the file, from a vector in the order of the parameters.
  func elements<S: Scalar>(from parameters: [S]) -> [S] {
    relation == .transposed
      ? transpose(parameters[range], rows: shape[1], columns: shape[0]) : Array(parameters[range])
  }

  /// Puts the elements of the file into the flat vector.
  func store<S: Scalar>(_ elements: [S], in parameters: inout [S]) {
    switch relation {
    case .same: parameters.replaceSubrange(range, with: elements)
    case .transposed:
      parameters.replaceSubrange(range, with: transpose(elements[...], rows: shape[0], columns: shape[1]))
    case .addend:
      // -0 + 0 is +0: leaving the first bias as it is keeps its bits.
      for (index, element) in zip(range, elements) where element != 0 { parameters[index] += element }
    }
  }
}

/// The transpose of a row-major `[rows, columns]` matrix.
private func transpose<S: Scalar>(_ matrix: ArraySlice<S>, rows: Int, columns: Int) -> [S] {
  // In tiles: a column of the target otherwise takes a cache line for every number.
  let tile = 16
  return [S](unsafeUninitializedCapacity: rows * columns) { target, initialized in
    matrix.withUnsafeBufferPointer { source in
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
    initialized = rows * columns
  }
}
