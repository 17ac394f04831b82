import Foundation

/// An empty folder for each test, which is removed after the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    // In memory if the system has such a file system: syncing to a busy disk takes most of these tests' time.
    let memory = "/dev/shm"
    let parent = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
    path = "\(parent)/gatewise-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The names of the files in the folder, including hidden ones.
  var contents: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name)))) }

  /// Writes a file without syncing, replacing an existing one, for damaged files.
  @discardableResult
  func put(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  /// Returns a safetensors file with the given header and data.
  func put(header: String, data: [UInt8] = [], _ name: String = "x.safetensors") throws -> String {
    try put(withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8) + data, name)
  }
}
