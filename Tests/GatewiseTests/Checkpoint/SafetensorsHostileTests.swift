import CAllocationCounter
import Foundation
import Testing

@testable import Gatewise

@Suite("Damaged and malicious safetensors files")
struct SafetensorsHostileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func smallFile() throws -> [UInt8] { try Self.smallFile(in: folder) }

  private static func smallFile(in folder: TemporaryFolder) throws -> [UInt8] {
    try SafetensorsFile.write(
      [
        .init("weight", try Tensor<Float>(shape: [2, 3], elements: [1, 2, 3, 4, 5, 6])),
        .init("bias", try Tensor<Double>(shape: [2], elements: [1, 2])),
        try .init("lengths", shape: [2], integers: [3, 4]),
      ], metadata: ["format": "pt"], to: folder.file("small"))
    return try folder.bytes("small")
  }

  /// Reads all tensors of a file and returns the number of elements.
  private static func readAll(_ path: String) throws -> Int {
    let file = try SafetensorsFile(path: path)
    var elements = 0
    for entry in file.entries {
      elements +=
        entry.elementType.isFloatingPoint
        ? (try? file.tensor(entry.name, as: Double.self).elements.count) ?? 0
        : (try? file.integers(entry.name).count) ?? 0
    }
    return elements
  }

  @Test("Truncated at any length")
  func truncated() throws {
    let bytes = try smallFile()
    for length in 0..<bytes.count {
      let path = try folder.put(Array(bytes[..<length]), "cut")
      #expect(throws: GatewiseError.self, "length \(length)") { try SafetensorsFile(path: path) }
    }
    #expect(throws: GatewiseError.self) { try SafetensorsFile(path: try folder.put(bytes + [0], "longer")) }
    #expect(try Self.readAll(try folder.put(bytes, "whole")) == 10)
  }

  @Test("10,000 random mutations: an error or a file, without crash or memory beyond the file's size")
  func mutations() async throws {
    // In a separate process, whose memory no other test uses.
    let result = try await #require(processExitsWith: .success, observing: [\.standardOutputContent]) {
      let folder = try TemporaryFolder()
      let bytes = try Self.smallFile(in: folder)
      var random = RandomStream(seed: 42)
      var (refused, read) = (0, 0)
      let before = try Self.peakResidentBytes()
      for _ in 0..<10_000 {
        let mutant = Self.mutated(bytes, &random)
        do {
          _ = try Self.readAll(try folder.put(mutant, "mutant"))
          read += 1
        } catch is GatewiseError {
          refused += 1
        }
      }
      let grown = try Self.peakResidentBytes() - before
      print("mutations: \(refused) refused, \(read) read, peak memory grown by \(grown / 1024) KiB")
      #expect(refused + read == 10_000)
      #expect(refused > 5_000)
      #expect(grown < 16 << 20)
    }
    print(String(decoding: result.standardOutputContent, as: UTF8.self))
  }

  private static func mutated(_ bytes: [UInt8], _ random: inout RandomStream) -> [UInt8] {
    var mutant = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: mutant.indices, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: mutant[place] = UInt8.random(in: 0...255, using: &random)
      case 1: mutant[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: mutant.remove(at: place)
      case 3: mutant.insert(UInt8.random(in: 0x20...0x7E, using: &random), at: place)
      default: mutant[place] = Array("0123456789[]{}\",:".utf8).randomElement(using: &random)!
      }
    }
    return mutant
  }

  @Test("Headers that are longer than the file or than the limit are refused without allocating memory for them")
  func longHeaders() async throws {
    let result = try await #require(processExitsWith: .success, observing: [\.standardOutputContent]) {
      let folder = try TemporaryFolder()
      let before = try Self.peakResidentBytes()
      for length: UInt64 in [1 << 60, .max, UInt64(Int.max), 1 << 63, 100_000_001, 1000, 17] {
        let path = try folder.put(withUnsafeBytes(of: length.littleEndian) { Array($0) } + [0x7B, 0x7D], "a")
        let error = #expect(throws: GatewiseError.self) { try SafetensorsFile(path: path) }
        #expect(error?.description.contains("header of \(length) bytes") == true, "\(String(describing: error))")
      }
      // A sparse file with the declared length.
      let path = try folder.put(withUnsafeBytes(of: UInt64(200_000_000).littleEndian) { Array($0) }, "a")
      truncate(path, 300_000_000)
      let error = #expect(throws: GatewiseError.self) { try SafetensorsFile(path: path) }
      #expect(error?.description.contains("at most 100000000") == true, "\(String(describing: error))")
      let grown = try Self.peakResidentBytes() - before
      print("long headers: peak memory grown by \(grown / 1024) KiB")
      #expect(grown < 16 << 20)
    }
    print(String(decoding: result.standardOutputContent, as: UTF8.self))
  }

  @Test("Invalid headers", arguments: headersThatLie)
  func lyingHeader(header: String, words: String) throws {
    let path = try folder.put(header: header, data: [UInt8](repeating: 0, count: 16))
    let error = #expect(throws: GatewiseError.self) { try SafetensorsFile(path: path) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    #expect(error?.description.hasPrefix(path) == true)
  }

  @Test("A name that is not UTF-8")
  func notUTF8() throws {
    var bytes = try smallFile()
    let place = try #require(bytes.firstIndex(of: UInt8(ascii: "w")))
    bytes[place] = 0xFF
    let error = #expect(throws: GatewiseError.self) { try SafetensorsFile(path: try folder.put(bytes, "a")) }
    #expect(error?.description.contains("not UTF-8") == true, "\(String(describing: error))")
  }

  @Test("White space and escapes of JSON are read")
  func lenient() throws {
    let path = try folder.put(
      header:
        "{ \"\\u0074\\ud83d\\ude42\\n\" :\t{\n\"shape\":[ 2 , 2 ],\"data_offsets\":[0,16] , \"dtype\":\"F32\"}\r\n}  ",
      data: [UInt8](repeating: 0, count: 16))
    #expect(try SafetensorsFile(path: path).tensor("t🙂\n", as: Float.self).shape == [2, 2])
  }

  @Test("A header of escapes is in memory once, decoded")
  func escapes() throws {
    let count = 1_000_000
    let path = try folder.put(
      header: "{\"__metadata__\":{\"a\":\"" + String(repeating: "\\u00e9", count: count) + "\"}}", data: [])
    allocation_counter_start()
    let found = try SafetensorsFile(path: path).metadata["a"]
    _ = allocation_counter_stop()
    let most = Int(allocation_counter_most_bytes())
    print("a header of \(6 * count) bytes of escapes: at most \(most) bytes in memory for \(2 * count) of text")
    #expect(found == String(repeating: "é", count: count))
    #expect(most < 2 * count + 1 << 18)
  }

  @Test("Too many tensors or metadata entries are refused")
  func many() throws {
    let tensors = (0...65_536).map { "\"\($0)\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}" }
    let texts = (0...65_536).map { "\"\($0)\":\"\"" }
    for (header, words) in [
      ("{\(tensors.joined(separator: ","))}", "more than 65536 tensors"),
      ("{\"__metadata__\":{\(texts.joined(separator: ","))}}", "more than 65536 entries"),
    ] {
      let path = try folder.put(header: header, data: [])
      let error = #expect(throws: GatewiseError.self) { try SafetensorsFile(path: path) }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
  }

  // From /proc, since getrusage includes the process before it ran this program.
  private static func peakResidentBytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.filter(\.isNumber))) * 1024
  }
}

/// Headers before 16 bytes of data, and words of the expected error.
private let headersThatLie: [(String, String)] = [
  (tensor(type: "F32", "[4]", "[0,16]").replacing("]}}", with: "]}"), "the end where '}' is expected"),
  (tensor(type: "F31", "[4]", "[0,16]"), "\"t\" has the unknown dtype \"F31\""),
  (tensor(type: "F32", "[3]", "[0,16]"), "\"t\" of shape [3] in F32 takes 12 bytes, but its data_offsets cover 16"),
  (tensor(type: "F32", "[4]", "[0,12]"), "takes 16 bytes, but its data_offsets cover 12"),
  (tensor(type: "F32", "[5]", "[0,20]"), "outside of the 16 bytes"),
  (tensor(type: "F32", "[4]", "[16,0]"), "outside of the 16 bytes"),
  (tensor(type: "F32", "[4]", "[1152921504606846976,1152921504606846992]"), "outside of the 16 bytes"),
  (tensor(type: "F32", "[4]", "[0,16,16]"), "more than 2 numbers"),
  (tensor(type: "F32", "[4]", "[0]"), "outside of the 16 bytes"),
  (tensor(type: "F32", "[-4]", "[0,16]"), "'-' where an integer is expected"),
  (tensor(type: "F32", "[4.0]", "[0,16]"), "'.' where ']' is expected"),
  (tensor(type: "F32", "[04]", "[0,16]"), "leading zero"),
  (tensor(type: "F32", "[99999999999999999999]", "[0,16]"), "too large"),
  (tensor(type: "F32", "[4294967296,4294967296,4294967296]", "[0,16]"), "too large for memory"),
  (tensor(type: "F32", "[4611686018427387904,4]", "[0,0]"), "too large for memory"),
  (tensor(type: "F32", "[2]", "[0,8]"), "its tensors end at byte"),
  (tensor(type: "F32", "[2]", "[8,16]"), "\"t\" leaves a gap before it"),
  (#"{"a":\#(body("[3]", "[0,12]")),"b":\#(body("[2]", "[8,16]"))}"#, "\"b\" overlaps"),
  (#"{"a":\#(body("[4]", "[0,16]")),"b":\#(body("[4]", "[0,16]"))}"#, "overlaps"),
  (#"{"a":\#(body("[4]", "[0,16]")),"a":\#(body("[4]", "[0,16]"))}"#, "two tensors named \"a\""),
  (#"{"a":\#(body("[4]", "[0,16]")),"\u0061":\#(body("[4]", "[0,16]"))}"#, "two tensors named \"a\""),
  (#"{"t":{"dtype":"F32","dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, "\"t\" has its dtype twice"),
  (#"{"t":{"dtype":"F32","shape":[4]}}"#, "\"t\" has no dtype, no shape or no data_offsets"),
  (#"{"t":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"more":1}}"#, "unknown field \"more\""),
  (#"{"__metadata__":{"k":"a","k":"b"}}"#, "the key \"k\" twice"),
  (#"{"__metadata__":{"k":1}}"#, "'1' where '\"' is expected"),
  (#"{"__metadata__":{},"__metadata__":{}}"#, "__metadata__ twice"),
  ("{} x", "'x' after the end"),
  ("", "the end where '{' is expected"),
  ("[]", "'[' where '{' is expected"),
  ("{\"a\u{1}\":{}}", "control character"),
  (#"{"\ud800":{}}"#, "surrogate"),
  (#"{"\q":{}}"#, "escape"),
  (#"{"open"#, "does not end"),
  (String(repeating: "[", count: 1_000_000), "'[' where '{' is expected"),
  ("{\"t\":" + String(repeating: "{\"dtype\":", count: 100_000), "'{' where '\"' is expected"),
  (
    tensor(type: "F32", "[" + Array(repeating: "1", count: 100_000).joined(separator: ",") + "]", "[0,16]"),
    "64 numbers"
  ),
]

private func tensor(type: String, _ shape: String, _ offsets: String) -> String {
  #"{"t":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
}

private func body(_ shape: String, _ offsets: String) -> String {
  #"{"dtype":"F32","shape":\#(shape),"data_offsets":\#(offsets)}"#
}
