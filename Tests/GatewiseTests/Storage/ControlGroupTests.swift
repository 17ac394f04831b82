import Foundation
import Testing

@testable import Gatewise

/// The limits found in trees of control groups that are files in a temporary folder.
@Suite struct ControlGroupTests {
  private func groups(_ membership: String, _ files: [String: String]) throws -> [ControlGroup] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "groups-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files.merging(["membership": membership], uniquingKeysWith: { $1 }) {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: false, encoding: .utf8)
    }
    let found = ControlGroup.limiting(membership: folder.appending(path: "membership").path, root: folder.path)
    print("\(membership.split(separator: "\n")): \(found.map { "\($0.limit) - \($0.held)" })")
    return found
  }

  @Test func `a group below another in version 2`() throws {
    let found = try groups(
      "0::/a/b\n",
      [
        "a/b/memory.max": "max\n", "a/memory.max": "1000\n", "a/memory.stat": "anon 300\nfile 500\n",
        "memory.stat": "anon 900\n",
      ])
    #expect(found.map(\.limit) == [1000])
    #expect(found.map(\.left) == [700])
  }

  @Test func `a group below another in version 1`() throws {
    let found = try groups(
      "4:memory:/a/b\n1:cpu:/c\n0::/\n",
      [
        "memory/a/b/memory.limit_in_bytes": "500\n", "memory/a/b/memory.stat": "rss 10\ntotal_rss 100\n",
        "memory/a/memory.limit_in_bytes": "800\n", "memory/a/memory.stat": "total_rss 700\n",
        "memory/memory.limit_in_bytes": "9223372036854771712\n", "memory/memory.stat": "total_rss 700\n",
      ])
    #expect(found.map(\.left).min() == 100)
    #expect(found.count == 3)
  }

  /// A container sees its own group at the root, regardless of its path on the host.
  @Test func `a path that does not exist`() throws {
    #expect(try groups("0::/docker/12\n", ["memory.max": "64\n"]).map(\.left) == [64])
    #expect(try groups("3:memory:/docker/12\n", ["memory/memory.limit_in_bytes": "32\n"]).map(\.left) == [32])
    #expect(try groups("", [:]).isEmpty)
    #expect(try groups("nonsense\n0:\n::\n0::\n", ["memory.max": "5\n"]).isEmpty)
  }

  @Test func `a size larger than any memory is refused with the size`() throws {
    let limit = MemoryLimit.bytes
    print("limit \(limit), planned \(MemoryLimit.planned)")
    #expect(limit > 0 && limit <= MemoryLimit.physicalBytes)
    let error = #expect(throws: GatewiseError.self) { try MemoryLimit.require(bytes: 1e18, for: "It") }
    #expect("\(try #require(error))".hasPrefix("It would take 931322574.6 GiB, but "))
    try MemoryLimit.require(bytes: Double(256 << 20), for: "It")
    #expect(MemoryLimit.planned > Double(256 << 20))
  }
}
