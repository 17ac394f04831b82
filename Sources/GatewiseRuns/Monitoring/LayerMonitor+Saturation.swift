import Gatewise

extension LayerMonitor {
  /// Returns the shares of saturated activations, for every gate of every direction.
  ///
  /// An activation is saturated if it lies within a tenth of its function's largest value from either end of its range:
  /// gates below 0.1 and above 0.9, candidates beyond ±0.9. There its derivative is small, and little error propagates
  /// through it.
  ///
  ///     let pass = try model.forward(batch, recordsLayers: true)
  ///     let shares = try monitor.saturation(of: pass.layers, lengths: batch.lengths)
  ///
  /// - Parameters:
  ///   - records: The records of a forward pass, with gates `[T, N, C]`.
  ///   - lengths: The number of steps of each sequence, `[N]`; nil if all have T. Padding is not counted.
  /// - Returns: Shares from 0 to 1, by layer and in the order i, f, g, o. Functions without an upper bound, and passes
  ///   without steps, are left out.
  /// - Throws: `GatewiseError` if the records do not fit the model, or the lengths do not fit the pass.
  /// - Complexity: O(T·N·C) per record.
  public func saturation<S: Scalar>(
    of records: [LayerRecord<S>], lengths: [Int]? = nil
  ) throws(GatewiseError) -> [LayerFigure] {
    guard records.count == directions.count else {
      throw .shapeMismatch(name: "the records of layers", expected: [directions.count], found: [records.count])
    }
    var figures: [LayerFigure] = []
    for (record, direction) in zip(records, directions) {
      let shape = record.gates.shape
      guard shape.count == 3, shape[2] == direction.count, record.gates.elements.count == shape.reduce(1, *) else {
        throw .shapeMismatch(
          name: "the gates of \(direction.name)", expected: Array(shape.prefix(2)) + [direction.count], found: shape)
      }
      let lengths = lengths ?? Array(repeating: shape[0], count: shape[1])
      guard lengths.count == shape[1], lengths.allSatisfy({ (0...shape[0]).contains($0) }) else {
        throw .invalidArgument(
          "The records have \(shape[1]) sequences of at most \(shape[0]) steps, but there are \(lengths.count) lengths "
            + "up to \(lengths.max() ?? 0).")
      }
      for (net, columns) in direction.nets {
        let function = net == .candidate ? cell.inputActivation : cell.gateActivation
        guard let range = function.range else { continue }
        let steps = lengths.reduce(0, +)
        guard steps > 0 else { continue }
        let count = saturated(record.gates, columns: columns, range: range, lengths: lengths)
        figures.append(LayerFigure("\(direction.name)/\(net)", Double(count) / Double(steps * columns.count)))
      }
    }
    return figures
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private func saturated<S: Scalar>(
    _ gates: Tensor<S>, columns: Range<Int>, range: ClosedRange<Double>, lengths: [Int]
  ) -> Int {
    let (N, C) = (gates.shape[1], gates.shape[2])
    let margin = 0.1 * range.upperBound
    let (low, high) = (S(range.lowerBound + margin), S(range.upperBound - margin))
    return gates.elements.withUnsafeBufferPointer { gates in
      var count = 0
      for (n, length) in lengths.enumerated() {
        for t in 0..<length {
          let start = (t * N + n) * C
          for index in start + columns.lowerBound..<start + columns.upperBound
          where gates[index] < low || gates[index] > high {
            count += 1
          }
        }
      }
      return count
    }
  }
}
