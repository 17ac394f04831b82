import Foundation
import Gatewise

/// The folder that a run leaves its results in.
public struct OutputFolder: Sendable {
  /// The folder as it was named.
  public let path: String

  /// The trained model.
  public var model: String { file("model.safetensors") }
  /// The loss curve.
  public var curve: String { file("loss.svg") }
  /// What runs go on from.
  public var checkpoints: String { file("checkpoints") }
  /// What the run measured, a line of JSON each.
  public var entries: String { file("log.jsonl") }
  /// The folder of TensorBoard's event files.
  public var events: String { file("tensorboard") }
  /// The run as a page.
  public var report: String { file("report.html") }
  /// What the run was asked for.
  public var runFile: String { file("run.yaml") }
  /// The losses as CSV.
  public var log: String { file("log.csv") }
  /// What keeps other runs out; nil as long as it may be anyone's.
  private(set) var lock: FolderLock?

  /// Looks at where the results are to go, and changes nothing.
  ///
  /// - Throws: `GatewiseError.file` where the folder, or the nearest one above it that exists, cannot be written to, is
  ///   no folder, or a folder, a device or a pipe stands where one of the files is to go.
  public init(path: String) throws(GatewiseError) {
    guard !path.isEmpty else { throw .invalidArgument("--out names no folder.") }
    self.path = path
    var ancestor = URL(fileURLWithPath: path).standardizedFileURL.path
    var status = stat()
    while !FileManager.default.fileExists(atPath: ancestor), ancestor != "/" {
      guard lstat(ancestor, &status) != 0 else {
        throw .file(path: ancestor, problem: "is a link that leads nowhere; mend it, or choose another --out.")
      }
      ancestor = (ancestor as NSString).deletingLastPathComponent
    }
    guard TextFile.isFolder(ancestor) else {
      throw .file(path: path, problem: "cannot be made: \(ancestor) is a file and not a folder; choose another --out.")
    }
    guard access(ancestor, W_OK | X_OK) == 0 else {
      let reason = errno == EROFS ? "the file system is read-only" : "permission is denied"
      throw .file(path: path, problem: "cannot be written to: \(reason) in \(ancestor); choose another --out.")
    }
    // A link that leads nowhere is in the way, too.
    for inner in [checkpoints, events] where lstat(inner, &status) == 0 {
      guard TextFile.isFolder(inner) else {
        throw .file(path: inner, problem: "is no folder, where the run is to make one; choose another --out.")
      }
      guard access(inner, R_OK | W_OK | X_OK) == 0 else {
        throw .file(path: inner, problem: "cannot be read and written: permission is denied; choose another --out.")
      }
    }
    let files = [model, curve, log, runFile, entries, report, FolderLock.file(in: path)]
    for file in files where TextFile.isFolder(file) {
      throw .file(path: file, problem: "is a folder where the run is to write a file; choose another --out.")
    }
    for file in files where FileManager.default.fileExists(atPath: file) && !TextFile.isRegular(file) {
      throw .file(path: file, problem: "is a device or a pipe where the run is to write a file; choose another --out.")
    }
  }

  /// The folder, made where it does not exist, and locked: no other run writes there for as long as a copy of what is
  /// returned lives. What was made goes away with it where it is empty.
  ///
  /// The lock dies with the process. Where the file system knows none, a run goes on without and says so.
  ///
  /// - Throws: `GatewiseError.file` where it cannot be made, or another run writes there.
  public func locked() throws(GatewiseError) -> OutputFolder {
    guard lock == nil else { return self }
    var missing: [String] = []
    // Absolute: a relative path of one letter ends the process in `deletingLastPathComponent`.
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

  /// Checks that the folder is the one that was locked: what is written goes by its path.
  ///
  /// - Parameter advice: what to do where the folder was moved.
  /// - Throws: `GatewiseError.file` where it was moved, removed or replaced meanwhile.
  func requireInPlace(
    advice: String = "; where it was moved, --resume with its new place as --out goes on from its last checkpoint"
  ) throws(GatewiseError) {
    guard let lock, !lock.isInPlace else { return }
    throw .file(
      path: path, problem: "is not the folder any more in which the run began, and nothing is saved here\(advice).")
  }

  /// Whether a run was begun here that has left nothing yet to go on from.
  var hasOnlyBegun: Bool {
    let wasBegun = lock?.wasLeft == true || FileManager.default.fileExists(atPath: runFile)
    return wasBegun && !FileManager.default.fileExists(atPath: model)
  }

  /// Makes the folder where it does not exist.
  ///
  /// - Throws: `GatewiseError.file` where it cannot be made.
  func create() throws(GatewiseError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      let reason = cause.map { String(cString: strerror(Int32($0.code))).lowercased() } ?? "the system refuses"
      throw .file(path: path, problem: "cannot be made: \(reason); choose another --out.")
    }
  }

  private func file(_ name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }
}
