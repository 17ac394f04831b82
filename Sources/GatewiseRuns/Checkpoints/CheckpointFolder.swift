import Foundation
import Gatewise

/// The folder of a run's checkpoints: the last few, named by their updates, and that of the best validation.
public struct CheckpointFolder: Sendable {
  /// The path of the folder.
  public let path: String
  /// The number of checkpoints that are kept besides the best.
  public let kept: Int

  /// Creates a reference to a folder that may not exist yet; nothing is read or written.
  public init(path: String, kept: Int = 3) { (self.path, self.kept) = (path, max(1, kept)) }

  /// The path of the checkpoint of the best validation.
  public var best: String { "\(path)/best.safetensors" }

  private static let start = "step-"
  private static let end = ".safetensors"

  /// Returns the path of the checkpoint after an update.
  public func file(step: Int) -> String { "\(path)/\(Self.start)\(String(format: "%09d", step))\(Self.end)" }

  /// The updates after which there is a checkpoint, newest first.
  public var steps: [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.compactMap { name in
      guard name.hasPrefix(Self.start), name.hasSuffix(Self.end) else { return nil }
      return Int(name.dropFirst(Self.start.count).dropLast(Self.end.count))
    }.sorted(by: >)
  }

  /// The checkpoints to resume from, the first intact one being used: newest first, and last that of the best
  /// validation, which may be the only one that fit on a full disk.
  private var candidates: [String] {
    // A run that replaces another one begins with a checkpoint of update 0. If it was killed before it removed the
    // other run's checkpoints, these have different settings.
    guard let settings = record(at: file(step: 0))?.settings else { return files }
    return files.filter { path in record(at: path).map { $0.settings == settings } ?? true }
  }

  private var files: [String] {
    steps.map(file(step:)) + (FileManager.default.fileExists(atPath: best) ? [best] : [])
  }

  /// Whether the folder has no checkpoint.
  var isEmpty: Bool { files.isEmpty }

  /// Removes all but the last few checkpoints up to an update. Files of later updates do not count: they are damaged,
  /// or the run would have resumed from them.
  func prune(upTo step: Int) {
    for old in steps.drop(while: { $0 > step }).dropFirst(kept) { unlink(file(step: old)) }
  }

  /// Writes a checkpoint atomically.
  ///
  /// - Throws: `GatewiseError.file` if it cannot be written; existing checkpoints stay.
  func write<S: Scalar>(_ checkpoint: TrainingCheckpoint<S>) throws(GatewiseError) {
    try checkpoint.write(to: file(step: checkpoint.state.optimizer.step))
  }

  /// The record of the run in this folder, from its newest intact checkpoint of any number type; nil if there is none.
  var standing: RunRecord? {
    for path in candidates {
      if let record = record(at: path) { return record }
    }
    return nil
  }

  /// Returns the record of a checkpoint that is intact and named by its own update.
  private func record(at path: String) -> RunRecord? {
    guard let notes = try? TrainingCheckpoint<Float>.notes(contentsOf: path),
      let record = try? RunRecord(notes: notes, path: path), isNamed(path, for: record)
    else { return nil }
    return record
  }

  /// Whether a checkpoint is named by its own update, or is that of the best validation.
  private func isNamed(_ path: String, for record: RunRecord) -> Bool {
    path == best || path == file(step: record.step)
  }

  /// Creates a folder if it does not exist.
  ///
  /// - Throws: `GatewiseError.file` if it cannot be created.
  static func create(_ path: String) throws(GatewiseError) {
    guard mkdir(path, 0o777) != 0, !TextFile.isFolder(path) else { return }
    throw .file(path: path, problem: "cannot be created: \(String(cString: strerror(errno)).lowercased()).")
  }

  /// Removes the files of a previous run.
  ///
  /// - Parameters:
  ///   - step: The update of the one checkpoint that belongs to the present run.
  ///   - keepsBest: Whether the checkpoint of the best validation belongs to it, too.
  func removeAll(except step: Int, keepsBest: Bool) {
    for other in steps where other != step { unlink(file(step: other)) }
    if !keepsBest { unlink(best) }
  }

  /// Returns the newest intact checkpoint.
  ///
  /// - Parameter warn: Receives a sentence for each damaged checkpoint.
  /// - Throws: `GatewiseError.file` if there is none, or the newest intact one has another number type.
  func newest<S: Scalar>(
    _: S.Type, warn: (String) -> Void
  ) throws(GatewiseError) -> (checkpoint: TrainingCheckpoint<S>, record: RunRecord, path: String) {
    let candidates = candidates
    for (path, next) in zip(candidates, candidates.dropFirst().map(Optional.some) + [nil]) {
      do throws(GatewiseError) {
        let checkpoint = try TrainingCheckpoint<S>(contentsOf: path)
        let record = try RunRecord(notes: checkpoint.notes, path: path)
        guard isNamed(path, for: record) else {
          throw .file(path: path, problem: "is the checkpoint of update \(record.step) under another name.")
        }
        return (checkpoint, record, path)
      } catch {
        let then = next.map { $0 == best ? " That of the best validation is tried." : " The one before it is tried." }
        warn("\(error)\(then ?? "")")
      }
    }
    throw .file(
      path: path,
      problem: candidates.isEmpty
        ? "holds no checkpoint to resume from; leave out --resume to start a new run."
        : "holds no intact checkpoint; use --from to train the model in the folder above further.")
  }
}
