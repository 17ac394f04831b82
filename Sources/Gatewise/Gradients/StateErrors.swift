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
  func row(of sequence: Int, layer: Int) -> VectorView<S> {
    let below = engine.directions[..<layer].reduce(0) { $0 + $1.memory.stateSize }
    let size = engine.directions[layer].memory.stateSize
    return buffer.vector.vector(at: engine.window.batchSize * below + sequence * size, count: size)
  }

  /// Calls `body` with this copy's row and the engine's for every part of the state of every layer and sequence.
  func forEachRow(_ body: (_ n: Int, _ kept: VectorView<S>, _ error: VectorView<S>) -> Void) {
    var rest = buffer.vector
    for direction in engine.directions {
      for n in 0..<engine.window.batchSize {
        direction.memory.forEachStatePart { part in
          body(n, rest[0..<part.width], part.error[n])
          rest = rest.from(part.width)
        }
      }
    }
  }

  /// Copies the engine's errors.
  func keep() { forEachRow { _, kept, error in kept.copy(from: error) } }

  /// Sets the engine's errors to the copy.
  func restore() { forEachRow { _, kept, error in error.copy(from: kept) } }

  /// Sets the copy to zero.
  func clear() { forEachRow { _, kept, _ in kept.fill(0) } }
}
