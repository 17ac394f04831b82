import Foundation
import Gatewise

/// The checkpoints of a run, in a folder of their own: the last few, each under the number of its update, and that of the
/// best validation.
public struct CheckpointFolder: Sendable {
  /// Where they lie.
  public let path: String
  /// How many are kept beside the best.
  public let kept: Int

  /// A folder that may not exist yet; nothing is read or written.
  public init(path: String, kept: Int = 3) { (self.path, self.kept) = (path, max(1, kept)) }

  /// The checkpoint of the best validation.
  public var best: String { "\(path)/best.safetensors" }

  private static let start = "step-"
  private static let end = ".safetensors"

  /// The checkpoint after an update.
  public func file(step: Int) -> String { "\(path)/\(Self.start)\(String(format: "%09d", step))\(Self.end)" }

  /// The updates after which there is a checkpoint, the newest first.
  public var steps: [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.compactMap { name in
      guard name.hasPrefix(Self.start), name.hasSuffix(Self.end) else { return nil }
      return Int(name.dropFirst(Self.start.count).dropLast(Self.end.count))
    }.sorted(by: >)
  }

  /// What to go on from, the first that is whole: the newest, and last the one of the best validation, which may be the
  /// only one that a full disk had room for.
  private var candidates: [String] {
    // A run that takes the place of another begins with a checkpoint of update 0. It may be killed before it has removed
    // the other's, which are those of other settings.
    guard let settings = record(at: file(step: 0))?.settings else { return files }
    return files.filter { path in record(at: path).map { $0.settings == settings } ?? true }
  }

  private var files: [String] {
    steps.map(file(step:)) + (FileManager.default.fileExists(atPath: best) ? [best] : [])
  }

  /// Whether there is none.
  var isEmpty: Bool { files.isEmpty }

  /// Removes those that are older than the last few up to an update. Files of later ones are damaged, or the run would
  /// have gone on from them; they do not count.
  func prune(upTo step: Int) {
    for old in steps.drop(while: { $0 > step }).dropFirst(kept) { unlink(file(step: old)) }
  }

  /// Writes a checkpoint, whole or not at all.
  ///
  /// - Throws: `GatewiseError.file` where it cannot be written; those that are there stay.
  func write<S: Scalar>(_ checkpoint: TrainingCheckpoint<S>) throws(GatewiseError) {
    try checkpoint.write(to: file(step: checkpoint.state.optimizer.step))
  }

  /// The run that stands here, by its newest whole checkpoint, whatever its number type; nil where there is none.
  var standing: RunRecord? {
    for path in candidates {
      if let record = record(at: path) { return record }
    }
    return nil
  }

  /// The run of a checkpoint that is whole and has its own name.
  private func record(at path: String) -> RunRecord? {
    guard let notes = try? TrainingCheckpoint<Float>.notes(contentsOf: path),
      let record = try? RunRecord(notes: notes, path: path), isNamed(path, for: record)
    else { return nil }
    return record
  }

  /// Whether a checkpoint has the name of its update, or none of any.
  private func isNamed(_ path: String, for record: RunRecord) -> Bool {
    path == best || path == file(step: record.step)
  }

  /// Makes a folder where there is none.
  ///
  /// - Throws: `GatewiseError.file` where it cannot be made.
  static func create(_ path: String) throws(GatewiseError) {
    guard mkdir(path, 0o777) != 0, !TextFile.isFolder(path) else { return }
    throw .file(path: path, problem: "cannot be made: \(String(cString: strerror(errno)).lowercased()).")
  }

  /// Removes what a run before has left.
  ///
  /// - Parameters:
  ///   - step: The one checkpoint that is not of that run.
  ///   - keepsBest: Whether that of the best validation is not, either.
  func removeAll(except step: Int, keepsBest: Bool) {
    for other in steps where other != step { unlink(file(step: other)) }
    if !keepsBest { unlink(best) }
  }

  /// The newest checkpoint that is whole.
  ///
  /// - Parameter warn: Gets a sentence for each that had to be passed over.
  /// - Throws: `GatewiseError.file` where there is none, or the newest whole one is of another number type.
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
        ? "holds no checkpoint to go on from; leave out --resume to begin."
        : "holds no checkpoint that is whole; the model in the folder above can be trained further by --from.")
  }
}
