import Foundation
import Gatewise

/// A lock that keeps other runs out of a folder for the lifetime of this object, and at most of its process: a system
/// lock on the file `run.lock`, which names the process.
///
/// The file is removed with the object. The file of a killed process locks nothing; it shows that a run was started.
final class FolderLock: Sendable {
  /// Whether a killed process left the file.
  let wasLeft: Bool
  /// The reason why the folder is not locked; nil if it is.
  let problem: String?
  private let folder: String
  private let path: String
  private let descriptor: Int32
  /// The folder's descriptor, held open so that a folder that takes its name later is recognized: the system reuses the
  /// number of a removed folder. -1 if it cannot be opened.
  private let place: Int32
  /// Folders that were created for the run, the innermost first; empty ones are removed at the end, too.
  private let made: [String]

  /// Returns the path of a folder's lock file.
  static func file(in folder: String) -> String { folder.hasSuffix("/") ? "\(folder)run.lock" : "\(folder)/run.lock" }

  /// Whether the folder still has its name: it may have been moved, removed or replaced.
  var isInPlace: Bool { place < 0 || Self.isStill(folder, place) }

  /// Locks a folder. If the file system does not support locks, or the file cannot be created, `problem` is set.
  ///
  /// - Parameters:
  ///   - folder: A folder that exists.
  ///   - made: The folders that were created for the run, the innermost first.
  /// - Throws: `GatewiseError.file` if another process has locked it, naming the process if it is known.
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
      // The previous process removed its file between the opening and the lock; or a signal arrived.
      if isLocked || code == EINTR { continue }
      self.descriptor = -1
      wasLeft = false
      problem =
        "\(folder) cannot be locked (\(String(cString: strerror(code)).lowercased())); check that no other run uses it."
      return
    }
  }

  deinit {
    if descriptor >= 0 {
      // If a killed run left nothing else, the file still shows that it was started.
      let isAlone = (try? FileManager.default.contentsOfDirectory(atPath: folder).count) == 1
      // If the folder was moved or replaced, the file there belongs to another run.
      if !(wasLeft && isAlone), Self.isStill(path, descriptor) { unlink(path) }
      close(descriptor)
    }
    if isInPlace {
      for folder in made { rmdir(folder) }
    }
    close(place)
  }

  /// Opens the file, and creates it if needed; another user's file is opened read-only, which most file systems accept
  /// for locks.
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
      path: folder, problem: "\(holder) is training into this folder; wait until it ends, or choose another --out.")
  }

  private static var host: String {
    var name = [CChar](repeating: 0, count: 257)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
