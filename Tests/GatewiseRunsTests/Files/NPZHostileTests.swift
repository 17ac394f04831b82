import CAllocationCounter
import Foundation
import Gatewise
import GatewiseRuns
import Testing

@Suite("Damaged and inconsistent NumPy archives") struct NPZHostileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: NPZFileTests.fixture(name))))
  }

  /// Reads all arrays of a file and returns their number.
  private static func readAll(_ path: String) throws -> Int {
    let file = try NPZFile(path: path)
    for entry in file.entries {
      if entry.elementType.isFloatingPoint {
        _ = try file.tensor(entry.name, as: Double.self)
      } else {
        _ = try file.integers(entry.name)
      }
    }
    return file.entries.count
  }

  @Test("rejects files truncated at any length, or extended", arguments: ["plain-paths.npz", "plain-positional.npz"])
  func truncated(_ name: String) throws {
    let bytes = try Self.bytes(name)
    for length in 0..<bytes.count {
      let path = try folder.file("cut.npz", Array(bytes[..<length]))
      #expect(throws: GatewiseError.self, "length \(length)") { try Self.readAll(path) }
    }
    #expect(throws: GatewiseError.self) { try Self.readAll(try folder.file("longer.npz", bytes + [0])) }
    #expect(try Self.readAll(try folder.file("whole.npz", bytes)) == 3)
  }

  @Test("checksums detect every flipped bit of the arrays", arguments: ["plain-paths.npz", "plain-positional.npz"])
  func flips(_ name: String) throws {
    var bytes = try Self.bytes(name)
    var refused = 0
    func numbers(_ file: NPZFile) throws -> [Tensor<Double>] { try file.entries.map { try file.tensor($0.name) } }
    let expected = try numbers(NPZFile(path: NPZFileTests.fixture(name)))
    let member = try Member(bytes, 1)
    for place in member.data {
      for bit in 0..<8 {
        bytes[place] ^= 1 << bit
        // Some bits of the last byte of deflated data may be unused.
        let found = try? numbers(NPZFile(path: try folder.file("flipped.npz", bytes)))
        if let found { #expect(found == expected) } else { refused += 1 }
        bytes[place] ^= 1 << bit
      }
    }
    print("\(name): \(refused) of \(8 * member.data.count) flipped bits rejected")
    #expect(refused > 8 * member.data.count - 8)
  }

  @Test("10,000 random mutations give an error or a file, no crash, and at most 16 MiB beyond the file's size")
  func mutations() async throws {
    // In a separate process, which a crash would end.
    let result = try await #require(processExitsWith: .success, observing: [\.standardOutputContent]) {
      let folder = try TemporaryFolder()
      let seeds = try ["plain-paths.npz", "plain-positional.npz", "torch-io.npz"].map { try Self.bytes($0) }
      var random = RandomStream(seed: 42)
      var (refused, read, most) = (0, 0, 0)
      for round in 0..<10_000 {
        let mutant = Self.mutated(seeds[round % seeds.count], &random)
        let path = try folder.file("mutant.npz", mutant)
        allocation_counter_start()
        do {
          _ = try Self.readAll(path)
          read += 1
        } catch is GatewiseError {
          refused += 1
        }
        _ = allocation_counter_stop()
        most = max(most, Int(allocation_counter_most_bytes()) - mutant.count)
      }
      print("mutations: \(refused) rejected, \(read) read, at most \(most / 1024) KiB beyond the file's size")
      #expect(refused + read == 10_000 && refused > 5_000)
      #expect(most < 16 << 20)
    }
    print(String(decoding: result.standardOutputContent, as: UTF8.self))
  }

  private static func mutated(_ bytes: [UInt8], _ random: inout RandomStream) -> [UInt8] {
    var mutant = bytes
    // The headers can be inconsistent in most ways, so half of the mutations are in the directory.
    let directory = (mutant.count * 3 / 4)..<mutant.count
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let isLate = Bool.random(using: &random)
      let places = isLate ? min(directory.lowerBound, mutant.count - 1)..<mutant.count : mutant.indices
      let place = Int.random(in: places, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: mutant[place] = UInt8.random(in: 0...255, using: &random)
      case 1: mutant[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: mutant.remove(at: place)
      case 3: mutant.insert(UInt8.random(in: 0...255, using: &random), at: place)
      case 4: mutant[place] = 0xff
      default: mutant[place] = 0
      }
    }
    return mutant
  }

  @Test("a small file of many zeros is rejected, and inflated only to its stated size")
  func bomb() throws {
    let bytes = try Self.bytes("bomb.npz")
    let path = try folder.file("bomb.npz", bytes)
    let (most, found) = mostBytes { sentence { _ = try Self.readAll(path) } }
    print("bomb of \(bytes.count) bytes: at most \(most) bytes allocated")
    #expect(found?.contains("save them with numpy.savez") == true)
    #expect(most < bytes.count + 16 << 20)
    // The same file with a stated size of 1 MiB, in the directory, in the member's own header and in the array's
    // header.
    var lying = bytes
    let member = try Member(bytes, 0)
    lying.put(1 << 20, 4, at: member.entry + 24)
    lying.put(1 << 20, 8, at: member.header + 30 + 9 + 4)
    let (held, answer) = mostBytes { sentence { _ = try Self.readAll(try! folder.file("lying.npz", lying)) } }
    print("bomb with a false size: at most \(held) bytes allocated")
    #expect(answer?.contains("its shape [5242880] in F32 needs 20971520") == true)
    #expect(held < 1 << 20)
  }

  @Test("inconsistent archives are rejected with a specific error", arguments: 0..<lies.count)
  func refused(_ index: Int) throws {
    let (words, change) = NPZHostileTests.lies[index]
    var bytes = try Self.bytes("plain-paths.npz")
    try change(&bytes)
    let path = try folder.file("lie.npz", bytes)
    let found = sentence { _ = try Self.readAll(path) }
    #expect(found?.hasPrefix(path) == true)
    #expect(found?.contains(words) == true, "\(words)")
  }

  @Test("reads a directory with ZIP64 numbers")
  func zip64() throws {
    var bytes = try Self.bytes("plain-paths.npz")
    let end = bytes.count - 22
    let count = bytes.number(2, at: end + 10)
    let (length, start) = (bytes.number(4, at: end + 12), bytes.number(4, at: end + 16))
    var record: [UInt8] = Array(repeating: 0, count: 76)
    record.put(0x0606_4b50, 4, at: 0)
    record.put(44, 8, at: 4)
    for place in [24, 32] { record.put(count, 8, at: place) }
    record.put(length, 8, at: 40)
    record.put(start, 8, at: 48)
    record.put(0x0706_4b50, 4, at: 56)
    record.put(end, 8, at: 64)
    record.put(1, 4, at: 72)
    for (place, size) in [(8, 2), (10, 2), (12, 4), (16, 4)] { bytes.put(-1, size, at: end + place) }
    bytes.insert(contentsOf: record, at: end)
    #expect(try Self.readAll(try folder.file("wide.npz", bytes)) == 3)
    bytes.put(end + 1, 8, at: end + 64)
    #expect(sentence { _ = try Self.readAll(try folder.file("wide.npz", bytes)) }?.contains("ZIP64 record") == true)
  }

  /// Part of the error message for a file, and the change that causes it.
  private static let lies: [(String, @Sendable (inout [UInt8]) throws -> Void)] = [
    ("wrong checksum", { $0[try Member($0, 0).data.upperBound - 1] ^= 1 }),
    ("is encrypted", { $0.put(1, 2, at: try Member($0, 1).entry + 8) }),
    ("compressed by method 12", { $0.put(12, 2, at: try Member($0, 1).entry + 10) }),
    ("is stored, but has", { $0.put(5, 4, at: try Member($0, 0).entry + 20) }),
    ("different size, checksum or method", { $0.put(0, 4, at: try Member($0, 2).entry + 16) }),
    ("lies outside", { $0.put(0x7fff_ffff, 4, at: try Member($0, 2).entry + 42) }),
    ("lacks its ZIP64 sizes", { $0.put(-1, 4, at: try Member($0, 2).entry + 42) }),
    ("is named", { $0[try Member($0, 0).header + 30] = UInt8(ascii: "x") }),
    ("several parts", { $0.put(1, 2, at: $0.count - 18) }),
    ("does not end at byte", { $0.put(1, 4, at: $0.count - 10) }),
    ("at most 10000", { bytes in for place in [14, 12] { bytes.put(60_000, 2, at: bytes.count - place) } }),
    ("is longer than its 2 members", { bytes in for place in [14, 12] { bytes.put(2, 2, at: bytes.count - place) } }),
    (
      "leads out of the archive",
      { bytes in
        let member = try Member(bytes, 0)
        for place in [member.entry + 46, member.header + 30] { bytes.replace(at: place, "../x") }
      }
    ),
    (
      "is not an array (.npy)",
      { bytes in
        let member = try Member(bytes, 0)
        for place in [member.entry + 46, member.header + 30] {
          bytes.replace(at: place + member.nameLength - 4, ".txt")
        }
      }
    ),
    (
      "two members named",
      { bytes in
        // The entry of the first member replaces that of the second.
        let (first, second) = (try Member(bytes, 0), try Member(bytes, 1))
        bytes.replaceSubrange(
          second.entry..<second.entry + 46 + second.nameLength,
          with: bytes[first.entry..<first.entry + 46 + first.nameLength])
        bytes.put(bytes.number(4, at: bytes.count - 10) - second.nameLength + first.nameLength, 4, at: bytes.count - 10)
      }
    ),
    (
      "overlap",
      { bytes in
        let first = try Member(bytes, 0)
        bytes.put(bytes.number(4, at: first.entry + 20) + 200, 4, at: first.entry + 20)
        bytes.put(bytes.number(4, at: first.entry + 24) + 200, 4, at: first.entry + 24)
        let size = bytes.number(8, at: first.header + 30 + first.nameLength + 4) + 200
        for place in [4, 12] { bytes.put(size, 8, at: first.header + 30 + first.nameLength + place) }
      }
    ),
  ]
}

/// The positions of the parts of a member in an archive written by NumPy.
private struct Member {
  /// The position of its entry in the directory.
  let entry: Int
  /// The position of its own header.
  let header: Int
  let nameLength: Int
  /// The position of its bytes.
  let data: Range<Int>

  init(_ bytes: [UInt8], _ index: Int) throws {
    var place = bytes.number(4, at: bytes.count - 6)
    for _ in 0..<index {
      place += 46 + bytes.number(2, at: place + 28) + bytes.number(2, at: place + 30)
    }
    entry = place
    header = bytes.number(4, at: place + 42)
    nameLength = bytes.number(2, at: place + 28)
    let start = header + 30 + bytes.number(2, at: header + 26) + bytes.number(2, at: header + 28)
    data = start..<start + bytes.number(4, at: place + 20)
  }
}

extension [UInt8] {
  fileprivate func number(_ count: Int, at place: Int) -> Int {
    self[place..<place + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  fileprivate mutating func put(_ value: Int, _ count: Int, at place: Int) {
    for index in 0..<count { self[place + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
  }

  fileprivate mutating func replace(at place: Int, _ text: String) {
    replaceSubrange(place..<place + text.utf8.count, with: Array(text.utf8))
  }
}

/// Returns the peak of the memory that `body` allocates on this thread, in bytes.
private func mostBytes<Result>(in body: () throws -> Result) rethrows -> (bytes: Int, result: Result) {
  allocation_counter_start()
  defer { _ = allocation_counter_stop() }
  let result = try body()
  return (Int(allocation_counter_most_bytes()), result)
}
