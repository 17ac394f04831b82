import Foundation
import Gatewise

/// The folder of a run's results.
public struct OutputFolder: Sendable {
  /// The path of the folder as given.
  public let path: String

  /// The trained model.
  public var model: String { file("model.safetensors") }
  /// The loss curve.
  public var curve: String { file("loss.svg") }
  /// The folder of the checkpoints.
  public var checkpoints: String { file("checkpoints") }
  /// The log, one JSON object per line.
  public var entries: String { file("log.jsonl") }
  /// The folder of TensorBoard's event files.
  public var events: String { file("tensorboard") }
  /// The report, an HTML page.
  public var report: String { file("report.html") }
  /// The options of the run.
  public var runFile: String { file("run.yaml") }
  /// The losses as CSV.
  public var log: String { file("log.csv") }
  /// The lock that keeps other runs out; nil if the folder is not locked.
  private(set) var lock: FolderLock?

  /// Checks the location of the results, and changes nothing.
  ///
  /// - Throws: `GatewiseError.file` if the folder, or its nearest existing ancestor, cannot be written to or is not a
  ///   folder, or if a folder, a device or a pipe has the name of one of the files.
  public init(path: String) throws(GatewiseError) {
    guard !path.isEmpty else { throw .invalidArgument("--out is empty; name a folder.") }
    self.path = path
    var ancestor = URL(fileURLWithPath: path).standardizedFileURL.path
    var status = stat()
    while !FileManager.default.fileExists(atPath: ancestor), ancestor != "/" {
      guard lstat(ancestor, &status) != 0 else {
        throw .file(path: ancestor, problem: "is a broken symbolic link; repair it, or choose another --out.")
      }
      ancestor = (ancestor as NSString).deletingLastPathComponent
    }
    guard TextFile.isFolder(ancestor) else {
      throw .file(path: path, problem: "cannot be created: \(ancestor) is a file, not a folder; choose another --out.")
    }
    guard access(ancestor, W_OK | X_OK) == 0 else {
      let reason = errno == EROFS ? "the file system is read-only" : "permission is denied"
      throw .file(path: path, problem: "cannot be written to: \(reason) in \(ancestor); choose another --out.")
    }
    // A broken symbolic link is in the way, too.
    for inner in [checkpoints, events] where lstat(inner, &status) == 0 {
      guard TextFile.isFolder(inner) else {
        throw .file(path: inner, problem: "is not a folder, but the run must create one; choose another --out.")
      }
      guard access(inner, R_OK | W_OK | X_OK) == 0 else {
        throw .file(path: inner, problem: "cannot be read and written: permission is denied; choose another --out.")
      }
    }
    let files = [model, curve, log, runFile, entries, report, FolderLock.file(in: path)]
    for file in files where TextFile.isFolder(file) {
      throw .file(path: file, problem: "is a folder in place of an output file; choose another --out.")
    }
    for file in files where FileManager.default.fileExists(atPath: file) && !TextFile.isRegular(file) {
      throw .file(path: file, problem: "is a device or a pipe in place of an output file; choose another --out.")
    }
  }

  /// Returns the folder, created if it does not exist, and locked: no other run writes there for as long as a copy of
  /// the result exists. Created folders are removed with it if they are empty.
  ///
  /// The lock ends with the process. If the file system does not support locks, the run continues without one and
  /// reports it.
  ///
  /// - Throws: `GatewiseError.file` if the folder cannot be created, or another run writes there.
  public func locked() throws(GatewiseError) -> OutputFolder {
    guard lock == nil else { return self }
    var missing: [String] = []
    // An absolute path: `deletingLastPathComponent` traps on a relative path of one letter.
    var ancestor = URL(fileURLWithPath: path).standardizedFileURL.path
    while ancestor != "/", !FileManager.default.fileExists(atPath: ancestor) {
      missing.append(ancestor)
      ancestor = (ancestor as NSString).deletingLastPathComponent
    }
    try create()
    var folder = self
    folder.lock = try FolderLock(path, made: missing)
    return folder
  }

  /// Checks that the folder is the one that was locked, since files are written by their paths.
  ///
  /// - Parameter advice: What to do if the folder was moved.
  /// - Throws: `GatewiseError.file` if it was moved, removed or replaced meanwhile.
  func requireInPlace(
    advice: String = "; if it was moved, --resume with its new path as --out continues from its last checkpoint"
  ) throws(GatewiseError) {
    guard let lock, !lock.isInPlace else { return }
    throw .file(
      path: path, problem: "is no longer the folder in which the run started, and nothing is saved here\(advice).")
  }

  /// Whether a run was started here but has not saved a checkpoint yet.
  var hasOnlyBegun: Bool {
    let wasBegun = lock?.wasLeft == true || FileManager.default.fileExists(atPath: runFile)
    return wasBegun && !FileManager.default.fileExists(atPath: model)
  }

  /// Creates the folder if it does not exist.
  ///
  /// - Throws: `GatewiseError.file` if it cannot be created.
  func create() throws(GatewiseError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      let reason = cause.map { String(cString: strerror(Int32($0.code))).lowercased() } ?? "unknown error"
      throw .file(path: path, problem: "cannot be created: \(reason); choose another --out.")
    }
  }

  private func file(_ name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }
}
