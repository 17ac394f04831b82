import Foundation

/// An empty folder of its own for every test, gone when the test is.
final class TemporaryFolder {
  let path: String

  init() throws {
    // In memory where the system has such a place: syncing to a busy disk takes most of these tests' time.
    let memory = "/dev/shm"
    let parent = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
    path = "\(parent)/gatewise-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Names of what is in the folder, hidden files among them.
  var contents: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name)))) }

  /// Writes without syncing, in the place of what is there: for damaged files.
  @discardableResult
  func put(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  /// A safetensors file with the given header and data.
  func put(header: String, data: [UInt8] = [], _ name: String = "x.safetensors") throws -> String {
    try put(withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8) + data, name)
  }
}
