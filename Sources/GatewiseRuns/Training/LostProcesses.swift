import Gatewise
import Synchronization

/// What to say where processes that make a run together are lost. Any thread may ask at any time: an update may take longer
/// than mpirun leaves.
public final class LostProcesses: Sendable {
  private let count: Int
  private let checkpoints: CheckpointFolder
  private let savedStep: Atomic<Int>

  init(of count: Int, checkpoints: CheckpointFolder, savedStep: Int) {
    (self.count, self.checkpoints) = (count, checkpoints)
    self.savedStep = Atomic(savedStep)
  }

  /// A checkpoint has been written.
  func save(step: Int) { savedStep.store(step, ordering: .relaxed) }

  /// Which they are, and what to go on from.
  ///
  /// - Parameter ranks: their numbers; none where they are not known.
  public func sentence(_ ranks: [Int]) -> String {
    let step = savedStep.load(ordering: .relaxed)
    // The newest that is there: only the first process knows of one that could not be written.
    let newest = checkpoints.steps.first { $0 <= step }
    let saved =
      newest.map { "go on with --resume from \(checkpoints.file(step: $0)), with any number of processes." }
      ?? "nothing is saved yet: begin anew."
    // One that is lost may keep others from answering in time.
    let some = ranks.count > 1 ? "One or more of the processes \(Self.numbers(ranks))" : Self.names(ranks)
    return "\(some) of \(count) no longer answered, so the run ends; \(saved)"
  }

  private static func numbers(_ ranks: [Int]) -> String { ranks.map(String.init).joined(separator: ", ") }

  static func names(_ ranks: [Int]) -> String {
    guard !ranks.isEmpty else { return "A process" }
    return (ranks.count == 1 ? "Process " : "Processes ") + numbers(ranks)
  }
}
