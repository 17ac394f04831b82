/// Saved states of all layers at some steps of a window, from which a pass can continue.
///
/// They are in the caller's order, because segments may order their sequences differently.
final class SavedStates<S: Scalar> {
  private let engine: Engine<S>
  /// The number of elements of a state of all sequences.
  private let stateSize: Int
  /// `[places, stateSize]`
  private let buffer: PlannedBuffer<S>

  init(_ engine: Engine<S>, places: Int, plan: MemoryPlan) {
    self.engine = engine
    // Absurd sizes are refused by the check of the plan, before this number is used.
    stateSize = engine.shape.batchSize.multipliedReportingOverflow(by: engine.configuration.stateSize).partialValue
    let size = Double(engine.configuration.stateSize)
    buffer = plan.buffer("saved states") { Double(places) * $0.sequences * size }
  }

  /// Saves the state that the engine's next window starts from.
  func save(at place: Int) {
    forEachState(at: place) { state, saved in saved.copy(from: state) }
  }

  /// Starts the engine's next window from a saved state.
  func restore(from place: Int) {
    forEachState(at: place) { state, saved in state.copy(from: saved) }
  }

  private func forEachState(at place: Int, _ body: (_ state: VectorView<S>, _ saved: VectorView<S>) -> Void) {
    var rest = buffer.vector.from(place * stateSize)
    for direction in engine.directions {
      direction.memory.forEachStatePart { part in
        let state = part.state.elements
        body(state, rest[0..<state.count])
        rest = rest.from(state.count)
      }
    }
  }
}
