import CAllocationCounter
import Foundation
import Testing

@testable import Gatewise

@Suite("Model files with random damage")
struct SafetensorsMutationTests {
  /// Valid model files with everything that a header can have.
  private static func seeds(_ folder: TemporaryFolder) throws -> [[UInt8]] {
    let configurations = [
      LSTMConfiguration(inputSize: 2, hiddenSizes: [3, 2], readout: .init(outputSize: 1)),
      LSTMConfiguration(
        inputSize: 2, hiddenSizes: [4, 4], isBidirectional: true, projection: .init(size: 4, clip: 0.5),
        cell: MemoryCell(
          gating: .keepInput, gateActivation: .hardSigmoid(alpha: 0.2, beta: 0.5), preActivationClip: 1, cellClip: 2),
        peepholes: true, normalization: .productsAndCell, embeddingSize: 2,
        regularization: Regularization(betweenLayers: 0.1, zoneoutCell: 0.2), learnsInitialState: true),
      LSTMConfiguration(
        inputSize: 3, hiddenSizes: [4, 4], cell: .lstm2000(cellsPerBlock: 2), biases: .none, normalization: .gates,
        isResidual: true),
    ]
    return try configurations.enumerated().map { index, configuration in
      let path = folder.file("seed\(index).safetensors")
      try LSTM<Float>(configuration, seed: 1).write(to: path, extras: ["vocabulary": "abc"])
      return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
  }

  /// Makes one to four changes: a bit, a byte, a digit, a piece removed or duplicated, a shorter file. Half of them are
  /// in the header.
  private static func mutated(_ bytes: [UInt8], _ random: inout RandomStream) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<1 + random.index(below: 4) where !bytes.isEmpty {
      let header = min(bytes.count, 8 + (bytes.count > 8 ? Int(bytes[0]) | Int(bytes[1]) << 8 : 0))
      let place = random.index(below: random.index(below: 2) == 0 ? header : bytes.count)
      let end = min(bytes.count, place + 1 + random.index(below: 16))
      switch random.index(below: 7) {
      case 0: bytes[place] ^= 1 << UInt8(random.index(below: 8))
      case 1: bytes[place] = UInt8(random.index(below: 256))
      case 2:
        guard let digit = bytes[place...].firstIndex(where: { (48...57).contains($0) }) else { continue }
        bytes[digit] = UInt8(48 + random.index(below: 10))
      case 3:
        guard let digit = bytes[place...].firstIndex(where: { (48...57).contains($0) }) else { continue }
        bytes.insert(contentsOf: Array("999999999999999".utf8.prefix(1 + random.index(below: 15))), at: digit)
      case 4: bytes.removeSubrange(place..<end)
      case 5: bytes.insert(contentsOf: bytes[place..<end], at: place)
      default: bytes.removeLast(min(bytes.count, random.index(below: 8)))
      }
    }
    return bytes
  }

  @Test("10,000 random mutations: an error or a model, without crash or memory beyond the file's size and 16 MiB")
  func mutations() async throws {
    // In a separate process, since a crash would end it.
    let result = try await #require(processExitsWith: .success, observing: [\.standardOutputContent]) {
      let folder = try TemporaryFolder()
      let seeds = try Self.seeds(folder)
      var random = RandomStream(seed: 42)
      var (refused, read, most) = (0, 0, 0)
      for round in 0..<10_000 {
        let mutant = Self.mutated(seeds[round % seeds.count], &random)
        let path = try folder.put(mutant, "mutant.safetensors")
        allocation_counter_start()
        do {
          _ = try ModelFile(contentsOf: path).model(as: Float.self)
          read += 1
        } catch let error as GatewiseError {
          // The error starts with the path.
          #expect(error.description.hasPrefix(path), "\(error)")
          refused += 1
        }
        _ = allocation_counter_stop()
        most = max(most, Int(allocation_counter_most_bytes()) - mutant.count)
      }
      print("mutations: \(refused) refused, \(read) read, at most \(most / 1024) KiB beyond the file's size")
      #expect(refused + read == 10_000 && refused > 5_000)
      #expect(most < 16 << 20)
    }
    print(String(decoding: result.standardOutputContent, as: UTF8.self))
  }
}
