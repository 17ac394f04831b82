extension Normalization {
  /// δ of the nets in `range` of a row, ∂E/∂ what goes into the activations, becomes ∂E/∂ what their norm was taken of.
  func unnormalizeNets(_ delta: UnsafeMutablePointer<S>, row: Int, in range: Range<Int>) {
    guard split == nil else { return }
    var number = 0
    forEachNet { net in
      defer { number += 1 }
      guard range.contains(net.lowerBound) else { return }
      let (delta, first) = (delta + net.lowerBound, net.lowerBound)
      (memory.netErrors.base + row * columns.count + first).update(from: delta, count: net.count)
      amplify(delta, by: gain + first, net.count)
      unnormalize(delta, norm: nets(row) + first, scale: scales(row)[number], net.count)
    }
  }

  /// δ of a row, which stays, becomes ∂E/∂(y·R) where that is kept.
  func unnormalizeRecurrent(_ delta: UnsafePointer<S>, row: Int, gain: UnsafePointer<S>) {
    let errors = memory.recurrentErrors.base + row * columns.count
    errors.update(from: delta, count: columns.count)
    amplify(errors, by: gain, columns.count)
    unnormalize(errors, norm: recurrent(row), scale: scales(row)[Self.recurrentScale], columns.count)
  }

  /// ∂E/∂ what went into h(·) of a row becomes ∂E/∂c.
  func unnormalizeCell(_ error: UnsafeMutablePointer<S>, row: Int) {
    guard let split else { return }
    let H = columns.cells
    (memory.cellErrors.base + row * H).update(from: error, count: H)
    amplify(error, by: split.cellGain, H)
    unnormalize(error, norm: cells(row), scale: scales(row)[Self.cellScale], H)
  }
}

/// ∂E/∂(x·W) of all rows from δ, which stays. One task is a block of rows.
struct NormalizedInputErrors<S: Scalar>: TeamJob, @unchecked Sendable {
  let rows: Int
  let normalization: Normalization<S>
  /// `[rows, C]`
  let delta: UnsafePointer<S>

  var tasks: Int { (rows + AffineProduct<S>.rowsPerTask - 1) / AffineProduct<S>.rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let (first, C) = (task * AffineProduct<S>.rowsPerTask, normalization.columns.count)
    for row in first..<min(rows, first + AffineProduct<S>.rowsPerTask) {
      let errors = normalization.memory.netErrors.base + row * C
      errors.update(from: delta + row * C, count: C)
      amplify(errors, by: normalization.gain, C)
      unnormalize(
        errors, norm: normalization.nets(row), scale: normalization.scales(row)[Normalization<S>.inputScale], C)
    }
  }
}
