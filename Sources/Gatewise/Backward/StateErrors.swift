/// ∂E/∂h and ∂E/∂c of all layers and sequences, in the caller's order, kept while a workspace leads parts of them back.
final class StateErrors<S: Scalar> {
  /// `[2 · ΣH · N]`
  private let buffer: AlignedBuffer<S>

  init(_ configuration: LSTMConfiguration, batchSize: Int) {
    buffer = AlignedBuffer(count: 2 * batchSize * configuration.hiddenSizes.reduce(0, +))
  }

  /// h and then c of one sequence and layer.
  func row(of sequence: Int, layer: Int, in workspace: Workspace<S>) -> UnsafeMutablePointer<S> {
    var row = buffer.base
    for memory in workspace.layers[..<layer] { row += 2 * workspace.batchSize * memory.hiddenSize }
    return row + 2 * sequence * workspace.layers[layer].hiddenSize
  }

  /// Calls `body` with this memory's row and the workspace's for h and for c of every layer and sequence.
  func forEachRow(
    of workspace: Workspace<S>,
    _ body: (_ n: Int, _ kept: UnsafeMutablePointer<S>, _ error: UnsafeMutablePointer<S>, _ width: Int) -> Void
  ) {
    var kept = buffer.base
    for memory in workspace.layers {
      let H = memory.hiddenSize
      for n in 0..<workspace.batchSize {
        body(n, kept, memory.hiddenStateError.base + n * H, H)
        body(n, kept + H, memory.cellStateError.base + n * H, H)
        kept += 2 * H
      }
    }
  }
}
