/// The same work of a layer's two directions, side by side: neither waits for the other.
struct BothDirections<Job: TeamJob>: TeamJob {
  let first: Job
  let second: Job
  /// The tasks of each.
  let tasksOfFirst: Int

  func callAsFunction(_ task: Int) {
    if task < tasksOfFirst { first(task) } else { second(task - tasksOfFirst) }
  }
}
