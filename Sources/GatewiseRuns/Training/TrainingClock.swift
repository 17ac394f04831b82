/// A clock of the time spent on updates, without validation and saving.
struct TrainingClock {
  var seconds = 0.0
  private var startedAt: ContinuousClock.Instant?

  mutating func start() { startedAt = .now }

  mutating func pause() {
    guard let startedAt else { return }
    let (whole, atto) = (ContinuousClock.now - startedAt).components
    seconds += Double(whole) + Double(atto) * 1e-18
    self.startedAt = nil
  }
}
