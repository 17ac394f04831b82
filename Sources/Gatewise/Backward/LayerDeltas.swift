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
