import Foundation
import Gatewise

/// Keeps other runs out of a folder for as long as this object lives, and no longer than its process: a lock of the system
/// on the file `run.lock`, which names the process.
///
/// The file goes away with the object. One that a killed process has left locks nothing; it tells that a run was begun.
final class FolderLock: Sendable {
  /// Whether the file was there, left by a process that was killed.
  let wasLeft: Bool
  /// Why the folder is not locked; nil where it is.
  let problem: String?
  private let folder: String
  private let path: String
  private let descriptor: Int32
  /// The folder itself, held open so that none that takes its name later can be mistaken for it: the system gives the
  /// number of a removed folder away again. -1 where it cannot be opened.
  private let place: Int32
  /// Folders that were made for it, the innermost first; those that are empty in the end go away, too.
  private let made: [String]

  /// Where the lock of a folder lies.
  static func file(in folder: String) -> String { folder.hasSuffix("/") ? "\(folder)run.lock" : "\(folder)/run.lock" }

  /// Whether the folder still has its name: it may have been moved, removed or replaced.
  var isInPlace: Bool { place < 0 || Self.isStill(folder, place) }

  /// Locks a folder. Where the file system knows no locks, or the file cannot be made, `problem` says so.
  ///
  /// - Parameters:
  ///   - folder: a folder that exists.
  ///   - made: the folders that were made for the run, the innermost first.
  /// - Throws: `GatewiseError.file` where another process has locked it, naming that where it is known.
  init(_ folder: String, made: [String]) throws(GatewiseError) {
    (self.folder, path, self.made) = (folder, Self.file(in: folder), made)
    place = Foundation.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    while true {
      let descriptor = Self.open(path)
      let isLocked = descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0
      let code = isLocked ? 0 : errno
      if isLocked, Self.isStill(path, descriptor) {
        self.descriptor = descriptor
        problem = nil
        wasLeft = lseek(descriptor, 0, SEEK_END) > 0
        ftruncate(descriptor, 0)
        _ = "\(getpid()) \(Self.host)\n".withCString { pwrite(descriptor, $0, strlen($0), 0) }
        return
      }
      if code == EWOULDBLOCK {
        close(place)
        throw Self.isTaken(folder, closing: descriptor)
      }
      if descriptor >= 0 { close(descriptor) }
      // The process before removed its file between the opening and the lock; or a signal came.
      if isLocked || code == EINTR { continue }
      self.descriptor = -1
      wasLeft = false
      problem =
        "\(folder) cannot be locked (\(String(cString: strerror(code)).lowercased())); see that no other run writes there."
      return
    }
  }

  deinit {
    if descriptor >= 0 {
      // Where a killed run has left nothing else, the file still tells that it was begun.
      let isAlone = (try? FileManager.default.contentsOfDirectory(atPath: folder).count) == 1
      // Where the folder was moved or replaced, the file there is another run's.
      if !(wasLeft && isAlone), Self.isStill(path, descriptor) { unlink(path) }
      close(descriptor)
    }
    if isInPlace {
      for folder in made { rmdir(folder) }
    }
    close(place)
  }

  /// The file, made where it is not there; another user's is read only, which is enough for most file systems.
  private static func open(_ path: String) -> Int32 {
    let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o666)
    guard descriptor < 0, errno == EACCES || errno == EPERM else { return descriptor }
    return Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
  }

  /// Whether a path leads to an open file.
  private static func isStill(_ path: String, _ descriptor: Int32) -> Bool {
    FileIdentity(descriptor: descriptor).map { $0 == FileIdentity(path: path) } ?? false
  }

  private static func isTaken(_ folder: String, closing descriptor: Int32) -> GatewiseError {
    var bytes = [UInt8](repeating: 0, count: 300)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    close(descriptor)
    let words = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split { $0 == " " || $0.isNewline }
    var holder = "another run"
    if words.count == 2, let process = pid_t(words[0]), process > 0 {
      if words[1] != host {
        holder = "process \(process) on \(words[1])"
      } else if kill(process, 0) == 0 || errno == EPERM {
        holder = "process \(process)"
      }
    }
    return .file(
      path: folder, problem: "\(holder) is training into this folder; wait for its end, or choose another --out.")
  }

  private static var host: String {
    var name = [CChar](repeating: 0, count: 257)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
