extension LSTMState {
  /// The number of elements per sequence.
  package var width: Int { tensors.map { self[keyPath: $0.of][$0.at].shape[1] }.reduce(0, +) }

  /// All elements, tensor by tensor: h of all layers, then c, then the gate activations.
  package var numbers: [S] { tensors.flatMap { self[keyPath: $0.of][$0.at].elements } }

  /// Returns the state of some of the sequences.
  ///
  /// - Precondition: the range is within 0..<N.
  package func sequences(_ range: Range<Int>) throws -> LSTMState {
    let part = { (tensor: Tensor<S>) in
      let width = tensor.shape[1]
      return try Tensor(
        shape: [range.count, width],
        elements: Array(tensor.elements[range.lowerBound * width..<range.upperBound * width]))
    }
    return try LSTMState(hidden: hidden.map(part), cell: cell.map(part), gates: gates.map(part))
  }

  /// Replaces the state of some sequences by `numbers`, in the order of the property of that name.
  ///
  /// - Precondition: the range is within 0..<N, and the number of elements matches.
  package mutating func replace(_ range: Range<Int>, with numbers: [S]) {
    var start = 0
    for (of, at) in tensors {
      let width = self[keyPath: of][at].shape[1]
      let count = range.count * width
      for j in 0..<count { self[keyPath: of][at].elements[range.lowerBound * width + j] = numbers[start + j] }
      start += count
    }
  }

  private var tensors: [(of: WritableKeyPath<LSTMState, [Tensor<S>]>, at: Int)] {
    [\LSTMState.hidden, \.cell, \.gates].flatMap { of in self[keyPath: of].indices.map { (of, $0) } }
  }
}
