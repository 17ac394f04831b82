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
struct NormalizedInputErrors<S: Scalar>: TeamJob {
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

/// Σ a ∘ b over all rows, column by column; Σ a where there is no b. One task is a block of columns.
struct ColumnSums<S: Scalar>: TeamJob {
  let rows: Int
  let width: Int
  /// `[rows, width]`
  let a: UnsafePointer<S>
  let b: UnsafePointer<S>?
  /// `[width]`, overwritten.
  let sums: UnsafeMutablePointer<S>
  let kernels: Kernels<S>

  var tasks: Int { (width + WeightGradients<S>.columnsPerTask - 1) / WeightGradients<S>.columnsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * WeightGradients<S>.columnsPerTask
    let count = min(width - first, WeightGradients<S>.columnsPerTask)
    (sums + first).update(repeating: 0, count: count)
    for row in 0..<rows {
      let a = a + row * width + first
      if let b {
        kernels.multiplyAdd(count, a, b + row * width + first, sums + first)
      } else {
        kernels.add(count, a, sums + first)
      }
    }
  }
}

/// ∂E/∂ what each of a direction's parameters takes part in, `[rows, C]`: one and the same where nothing is normalized.
struct LayerDeltas<S: Scalar> {
  /// Of b.
  let bias: UnsafePointer<S>
  /// Of peepholes.
  let peepholes: UnsafePointer<S>
  /// Of R and U.
  let recurrent: UnsafePointer<S>
  /// Of W, and what goes below.
  let input: UnsafePointer<S>
}

extension Workspace {
  /// What the backward of a direction's recurrent part has left, and, of normalized products, that of the input's.
  func deltas(of k: Int, parameters: UnsafePointer<S>) -> LayerDeltas<S> {
    let (gates, memory) = (UnsafePointer(layers[k].gates.base), layers[k].normalization)
    guard let normalization = normalization(of: k, parameters: parameters) else {
      return LayerDeltas(bias: gates, peepholes: gates, recurrent: gates, input: gates)
    }
    let netErrors = UnsafePointer(memory.netErrors.base)
    guard normalization.split != nil else {
      return LayerDeltas(bias: netErrors, peepholes: gates, recurrent: gates, input: gates)
    }
    let job = NormalizedInputErrors(rows: packing.rows, normalization: normalization, delta: gates)
    execution.team.run(job, tasks: job.tasks)
    return LayerDeltas(
      bias: gates, peepholes: gates, recurrent: UnsafePointer(memory.recurrentErrors.base), input: netErrors)
  }

  /// The gradients of a direction's gains, and of the bias of c's norm.
  func collectGains(direction k: Int, deltas: LayerDeltas<S>, gradients: UnsafeMutablePointer<S>) {
    let (layer, memory) = (layout.layers[k], layers[k].normalization)
    func sum(_ a: UnsafePointer<S>, _ b: UnsafePointer<S>?, width: Int, into place: Int) {
      let job = ColumnSums(rows: packing.rows, width: width, a: a, b: b, sums: gradients + place, kernels: kernels)
      execution.team.run(job, tasks: job.tasks)
    }
    let (C, H) = (layer.columns.count, layer.hiddenSize)
    switch layer.normalization {
    case nil: return
    case .gates(let gain): sum(deltas.bias, memory.nets.base, width: C, into: gain)
    case .productsAndCell(let input, let recurrent, let cell, let cellBias):
      sum(deltas.bias, memory.nets.base, width: C, into: input)
      sum(deltas.bias, memory.recurrent.base, width: C, into: recurrent)
      sum(memory.cellErrors.base, memory.cells.base, width: H, into: cell)
      sum(memory.cellErrors.base, nil, width: H, into: cellBias)
    }
  }
}
