import Foundation
import Testing

@testable import Gatewise

@Suite("Appending to files") struct AppendFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("A file is new, or is appended after the part to keep")
  func growing() throws {
    let path = folder.file("a")
    let first = try AppendFile(path: path, keeping: nil)
    try first.append(Array("one".utf8))
    try first.append([])
    try first.append(Array("two".utf8))
    #expect(first.count == 6)
    #expect(try folder.bytes("a") == Array("onetwo".utf8))
    let second = try AppendFile(path: path, keeping: 3)
    try second.append(Array("!".utf8))
    #expect(try folder.bytes("a") == Array("one!".utf8))
    let error = #expect(throws: GatewiseError.self) { try AppendFile(path: path, keeping: nil) }
    print("a new file that exists: \(error.map(String.init(describing:)) ?? "no error")")
    #expect(try folder.bytes("a") == Array("one!".utf8))
  }

  @Test("An append beyond the file-size limit is removed again")
  func fileSizeLimit() async throws {
    // In a separate process, since the limit is process-wide.
    let result = try await #require(processExitsWith: .success, observing: [\.standardOutputContent]) {
      let folder = try TemporaryFolder()
      let file = try AppendFile(path: folder.file("a"), keeping: nil)
      try file.append([UInt8](repeating: 1, count: 90_000))
      var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      // The first 10,000 bytes can be written, the others cannot.
      let error = #expect(throws: GatewiseError.self) { try file.append([UInt8](repeating: 2, count: 20_000)) }
      print("file-size limit: \(error.map(String.init(describing:)) ?? "no error")")
      #expect(error?.description.contains("file-size limit") == true)
      #expect(try folder.bytes("a") == [UInt8](repeating: 1, count: 90_000))
      try file.append([3])
      #expect(try folder.bytes("a").count == 90_001)
    }
    print(String(decoding: result.standardOutputContent, as: UTF8.self))
  }
}
