import Gatewise
import Synchronization

/// The message for lost processes of a group. Any thread may ask for it at any time: an update may take longer than
/// mpirun waits.
public final class LostProcesses: Sendable {
  private let count: Int
  private let checkpoints: CheckpointFolder
  private let savedStep: Atomic<Int>

  init(of count: Int, checkpoints: CheckpointFolder, savedStep: Int) {
    (self.count, self.checkpoints) = (count, checkpoints)
    self.savedStep = Atomic(savedStep)
  }

  /// Records that a checkpoint has been written.
  func save(step: Int) { savedStep.store(step, ordering: .relaxed) }

  /// Returns the message, with the lost processes and the checkpoint to resume from.
  ///
  /// - Parameter ranks: The lost processes; empty if they are not known.
  public func sentence(_ ranks: [Int]) -> String {
    let step = savedStep.load(ordering: .relaxed)
    // The newest one that exists: only the first process knows whether a checkpoint could not be written.
    let newest = checkpoints.steps.first { $0 <= step }
    let saved =
      newest.map { "continue with --resume from \(checkpoints.file(step: $0)), with any number of processes." }
      ?? "nothing is saved yet: start again."
    // A lost process may keep others from answering in time.
    let some = ranks.count > 1 ? "One or more of the processes \(Self.numbers(ranks))" : Self.names(ranks)
    return "\(some) of \(count) no longer answered, so the run ends; \(saved)"
  }

  private static func numbers(_ ranks: [Int]) -> String { ranks.map(String.init).joined(separator: ", ") }

  static func names(_ ranks: [Int]) -> String {
    guard !ranks.isEmpty else { return "A process" }
    return (ranks.count == 1 ? "Process " : "Processes ") + numbers(ranks)
  }
}
