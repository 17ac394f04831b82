/// The states of all layers at some places of a window, from which a pass can go on again.
///
/// A workspace's state is in the caller's order, and so is what is saved: segments may order their sequences differently.
final class SavedStates<S: Scalar> {
  /// Numbers of a state of all sequences.
  private let stateSize: Int
  /// `[places, stateSize]`
  private let buffer: AlignedBuffer<S>

  /// - Throws: `GatewiseError` where they are beyond this machine's memory.
  init(_ configuration: LSTMConfiguration, places: Int, batchSize: Int) throws(GatewiseError) {
    try MemoryLimit.require(
      bytes: Self.count(configuration, places: Double(places), batchSize: Double(batchSize))
        * Double(MemoryLayout<S>.stride),
      for: "\(places) saved states of \(batchSize) sequences")
    stateSize = batchSize * configuration.stateSize
    buffer = AlignedBuffer(count: places * stateSize)
  }

  /// Numbers held by `places` states.
  static func count(_ configuration: LSTMConfiguration, places: Double, batchSize: Double) -> Double {
    // In floating point: the integers of an absurd size would overflow.
    let sizes = configuration.hiddenStateSizes + configuration.cellStateSizes + configuration.gateStateSizes
    return places * batchSize * sizes.reduce(0) { $0 + Double($1) }
  }

  /// Bytes of memory.
  var bytes: Int { buffer.count * MemoryLayout<S>.stride }

  /// Saves the state that a workspace's next window starts from.
  func save(_ workspace: Workspace<S>, at place: Int) {
    forEachState(of: workspace, at: place) { state, saved, count in saved.update(from: state, count: count) }
  }

  /// Lets the next window of a workspace start from a saved state.
  func restore(_ workspace: Workspace<S>, from place: Int) {
    forEachState(of: workspace, at: place) { state, saved, count in state.update(from: saved, count: count) }
  }

  private func forEachState(
    of workspace: Workspace<S>, at place: Int,
    _ body: (_ state: UnsafeMutablePointer<S>, _ saved: UnsafeMutablePointer<S>, _ count: Int) -> Void
  ) {
    var saved = buffer.base + place * stateSize
    for memory in workspace.layers {
      memory.forEachStatePart { part in
        let count = workspace.batchSize * part.width
        body(part.state, saved, count)
        saved += count
      }
    }
  }
}
