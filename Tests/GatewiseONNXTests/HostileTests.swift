import CAllocationCounter
import Foundation
import Gatewise
import Testing

@testable import GatewiseONNX

@Suite("Damaged and malicious ONNX files")
struct HostileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Reads everything in a file.
  private static func read(_ path: String) throws {
    let graph = try ONNXFile(contentsOf: path).graph(as: Float.self)
    _ = try graph.model()
  }

  @Test("A file truncated at any length gives an error or a model", arguments: ["script-states", "node-functions"])
  func truncated(_ name: String) throws {
    let whole = try bytes(of: ONNXFixture(name).graphPath)
    var read = 0
    for length in 0..<whole.count {
      do {
        try Self.read(folder.put(Array(whole[..<length]), "cut.onnx"))
        read += 1
      } catch is GatewiseError {}
    }
    // Cut between two fields after the graph, a file is still valid.
    print("\(name): \(read) of \(whole.count) prefixes are read")
    #expect(read < 16)
  }

  @Test("10,000 random mutations: an error or a model, no crash and no memory beyond the file's size and 16 MiB")
  func mutations() throws {
    let names = [
      "script-bidirectional-head", "script-tokens", "dynamo-stack", "node-functions", "node-half", "node-lengths",
      "script-learned-expand", "script-learned-repeat",
    ]
    let files = try names.map { try bytes(of: ONNXFixture($0).graphPath) }
    var random = RandomStream(seed: 42)
    var (refused, read, most) = (0, 0, 0)
    for round in 0..<10_000 {
      let path = try folder.put(Self.mutated(files[round % files.count], &random), "mutant.onnx")
      allocation_counter_start()
      do {
        try Self.read(path)
        read += 1
      } catch is GatewiseError {
        refused += 1
      }
      most = max(most, Int(allocation_counter_most_bytes()))
      _ = allocation_counter_stop()
    }
    print("mutations: \(refused) refused, \(read) read, at most \(most / 1024) KiB at a time")
    #expect(refused + read == 10_000)
    #expect(refused > 2_000)
    #expect(most < 16 << 20)
  }

  private static func mutated(_ bytes: [UInt8], _ random: inout RandomStream) -> [UInt8] {
    var mutant = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: mutant.indices, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: mutant[place] = UInt8.random(in: 0...255, using: &random)
      case 1: mutant[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: mutant.remove(at: place)
      case 3: mutant.insert(UInt8.random(in: 0...255, using: &random), at: place)
      case 4: mutant[place] = 0xFF
      // Numbers that are used as sizes: small ones, and the largest that fits in one byte.
      default: mutant[place] = [0, 1, 2, 3, 4, 5, 7, 8, 0x7F].randomElement(using: &random)!
      }
    }
    return mutant
  }

  @Test("The error names the byte where a file is damaged")
  func place() throws {
    for (bytes, words) in [
      ([0x3A, 0x7F, 0x00], "damaged at byte 0 in a model: field 7 announces 127 bytes, but 1 are left"),
      ([0x08, 0x80], "damaged at byte 1: a truncated number"),
      ([0x3A, 0x02, 0x0B, 0x0C], "damaged at byte 2 in a graph: field 1 has the unknown wire type 3"),
      ([0x3A, 0x03, 0x12, 0x01, 0xFF], "damaged at byte 4 in a graph: invalid UTF-8"),
      ([0x00], "damaged at byte 0 in a model: a field with the number 0"),
      ([0x08] + [UInt8](repeating: 0xFF, count: 10), "damaged at byte 1: a number of more than ten bytes"),
      ([0x3A, 0x00], "holds no graph"),
      (Array("not an ONNX file at all".utf8), "damaged at byte"),
    ] as [([UInt8], String)] {
      let path = try folder.put(bytes, "x.onnx")
      let error = #expect(throws: GatewiseError.self) { try ONNXFile(contentsOf: path) }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
  }

  @Test("Endless messages and lists are refused before memory is allocated for them")
  func bombs() throws {
    func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
      var length = content.count
      var bytes = [number << 3 | 2]
      while length >= 0x80 {
        bytes.append(UInt8(length & 0x7F) | 0x80)
        length >>= 7
      }
      return bytes + [UInt8(length)] + content
    }
    let nodes = field(7, Array(repeatElement([0x0A, 0x00], count: 1_000_000).joined()))
    let shape = field(7, field(5, field(1, Array(repeating: 1, count: 1_000_000))))
    let names = field(7, field(1, Array(repeatElement([0x0A, 0x00], count: 1_000_000).joined())))
    // Graphs in attributes are skipped, however deep they nest.
    var nested: [UInt8] = [0x0A, 0x00]
    for _ in 0..<10_000 { nested = field(1, field(5, field(6, nested))) }
    for (bytes, words) in [
      (nodes, "more than 32768"), (shape, "more than 524288"), (names, "more than 524288"),
      (field(7, nested), "no LSTM node"),
    ] {
      let path = try folder.put(bytes, "bomb.onnx")
      allocation_counter_start()
      let error = #expect(throws: GatewiseError.self) { try Self.read(path) }
      let most = Int(allocation_counter_most_bytes())
      _ = allocation_counter_stop()
      print("\(bytes.count) bytes: \(error?.description.suffix(100) ?? ""), \(most / 1024) KiB")
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
      #expect(most < bytes.count + 16 << 20)
    }
  }

  @Test("Shapes that disagree with their numbers are refused", arguments: lies)
  func shapes(dims: [Int64], type: Int32, words: String) throws {
    var graph = TestGraph()
    graph.lstm("lower", over: "x")
    graph.output("lower")
    graph.proto.graph.initializer[1].dims = dims
    graph.proto.graph.initializer[1].dataType = type
    let path = try graph.write(in: folder)
    let error = #expect(throws: GatewiseError.self) { try Self.read(path) }
    #expect(error?.description.contains("\"lower_R\"") == true, "\(String(describing: error))")
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test("Constants that double repeatedly are refused before the memory is full")
  func doubling() throws {
    var graph = TestGraph()
    graph.tensor("a0", [1, 1024])
    for step in 0..<40 {
      graph.node("Concat", ["a\(step)", "a\(step)"], ["a\(step + 1)"], [.integer("axis", 0)])
    }
    graph.lstm("lower", over: "x")
    graph.output("lower")
    let path = try graph.write(in: folder)
    allocation_counter_start()
    let error = #expect(throws: GatewiseError.self) { try Self.read(path) }
    let most = Int(allocation_counter_most_bytes())
    _ = allocation_counter_stop()
    print("doubling: \(most / 1024) KiB")
    #expect(error?.description.contains("many times the size of the file") == true, "\(String(describing: error))")
    #expect(most < 16 << 20)
  }
}

private let lies: [([Int64], Int32, String)] = [
  ([1, 12, 4], 1, "requires 192 bytes or 48 numbers, but the file has 36 numbers"),
  ([1, 12, -3], 1, "exceeds any memory"),
  ([1 << 62, 4, 3], 1, "exceeds any memory"),
  ([Int64.max, 2, 3], 1, "exceeds any memory"),
  ([0, 1 << 62, 1 << 62], 1, "exceeds any memory"),
  ([1, 12, 3], 11, "requires 288 bytes or 36 numbers, but the file has 0 numbers"),
  ([1, 12, 3], 8, "is of the type 8"),
  ([Int64](repeating: 1, count: 65), 1, "exceeds any memory"),
]
