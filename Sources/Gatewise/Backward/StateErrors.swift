/// ∂E/∂ the state of all layers and sequences, in the caller's order, kept while a workspace leads parts of it back.
final class StateErrors<S: Scalar> {
  /// The numbers of all layers' states, for every sequence.
  private let buffer: AlignedBuffer<S>

  init(_ configuration: LSTMConfiguration, batchSize: Int) {
    buffer = AlignedBuffer(count: batchSize * configuration.stateSize)
  }

  /// h, c and gate activations of one sequence and layer, one behind the other.
  func row(of sequence: Int, layer: Int, in workspace: Workspace<S>) -> UnsafeMutablePointer<S> {
    var row = buffer.base
    for memory in workspace.layers[..<layer] { row += workspace.batchSize * memory.stateSize }
    return row + sequence * workspace.layers[layer].stateSize
  }

  /// Calls `body` with this memory's row and the workspace's for every part of the state of every layer and sequence.
  func forEachRow(
    of workspace: Workspace<S>,
    _ body: (_ n: Int, _ kept: UnsafeMutablePointer<S>, _ error: UnsafeMutablePointer<S>, _ width: Int) -> Void
  ) {
    var kept = buffer.base
    for memory in workspace.layers {
      for n in 0..<workspace.batchSize {
        memory.forEachStatePart { part in
          body(n, kept, part.error + n * part.width, part.width)
          kept += part.width
        }
      }
    }
  }
}
