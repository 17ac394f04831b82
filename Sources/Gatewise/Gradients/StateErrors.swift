/// A copy of ∂E/∂ the state of all layers and sequences, in the caller's order, while an engine uses its own for parts.
final class StateErrors<S: Scalar> {
  private let engine: Engine<S>
  /// The elements of all layers' states, for every sequence.
  private let buffer: PlannedBuffer<S>

  init(_ name: String, _ engine: Engine<S>, plan: MemoryPlan) {
    self.engine = engine
    let size = Double(engine.configuration.stateSize)
    buffer = plan.buffer(name) { $0.sequences * size }
  }

  /// Returns h, c and gate activations of one sequence and layer, one after the other.
  func row(of sequence: Int, layer: Int) -> UnsafeMutablePointer<S> {
    var row = buffer.base
    for direction in engine.directions[..<layer] { row += engine.window.batchSize * direction.memory.stateSize }
    return row + sequence * engine.directions[layer].memory.stateSize
  }

  /// Calls `body` with this copy's row and the engine's for every part of the state of every layer and sequence.
  func forEachRow(
    _ body: (_ n: Int, _ kept: UnsafeMutablePointer<S>, _ error: UnsafeMutablePointer<S>, _ width: Int) -> Void
  ) {
    var kept = buffer.base
    for direction in engine.directions {
      for n in 0..<engine.window.batchSize {
        direction.memory.forEachStatePart { part in
          body(n, kept, part.error + n * part.width, part.width)
          kept += part.width
        }
      }
    }
  }

  /// Copies the engine's errors.
  func keep() { forEachRow { _, kept, error, width in kept.update(from: error, count: width) } }

  /// Sets the engine's errors to the copy.
  func restore() { forEachRow { _, kept, error, width in error.update(from: kept, count: width) } }

  /// Sets the copy to zero.
  func clear() { forEachRow { _, kept, _, width in kept.update(repeating: 0, count: width) } }
}
