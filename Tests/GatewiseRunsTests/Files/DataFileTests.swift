import Foundation
import Gatewise
import Testing

@testable import GatewiseRuns

@Suite("Files read in pieces") struct DataFileTests {
  @Test("a file that shrinks and grows while it is read gives an error, never a signal")
  func shrinking() async throws {
    // In a separate process, which an access to a lost page would end.
    let result = try await #require(processExitsWith: .success, observing: [\.standardOutputContent]) {
      let folder = try TemporaryFolder()
      let count = 60_000
      let array = try TensorTable.write([(0..<count).map(Double.init)], to: folder.path + "/x.npy", as: Double.self)
      let table = try folder.file("x.csv", "x\n" + (0..<count).map { "\($0)" }.joined(separator: "\n"))
      let text = try folder.file("x.txt", [UInt8](repeating: 0x61, count: 400_000))
      let paths = [array, table, text]
      let sizes = try paths.map { off_t(try InputFile(path: $0).size) }
      let readers: [@Sendable () throws -> Void] = [
        { [rows = try NumPyTable(path: array).rows(of: ["0"])] in
          var values = [Double](repeating: 0, count: 30_000)
          try rows.read(count - 30_000..<count, into: &values, at: 0)
        },
        { [rows = try FileTable(path: table).rows(of: ["x"])] in
          var values = [Double](repeating: 0, count: 30_000)
          try rows.read(count - 30_000..<count, into: &values, at: 0)
        },
        { [tokens = try TextData(paths: [text]).training] in _ = try tokens.array() },
      ]
      for (index, read) in readers.enumerated() {
        let (path, size) = (paths[index], sizes[index])
        let shrinking = Task.detached {
          while !Task.isCancelled {
            truncate(path, 4096)
            truncate(path, size)
          }
        }
        var (refused, held) = (0, 0)
        for _ in 0..<400 {
          do {
            try read()
            held += 1
          } catch { refused += 1 }
        }
        shrinking.cancel()
        await shrinking.value
        print("\(paths[index].suffix(5)): \(held) reads succeeded, \(refused) failed")
        #expect(held + refused == 400)
      }
    }
    print(String(decoding: result.standardOutputContent, as: UTF8.self))
  }

  @Test("a file beyond the limit of open files is reopened for every read, and must be the same")
  func reopening() throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let path = try folder.file("x", bytes)
    let file = try DataFile(path: path, openLimit: 0)
    func read() throws -> [UInt8] {
      var found = [UInt8](repeating: 0, count: 5000)
      var failure: (any Error)?
      found.withUnsafeMutableBytes { buffer in do { try file.read(into: buffer, at: 90_000) } catch { failure = error }
      }
      if let failure { throw failure }
      return found
    }
    #expect(file.memory == nil)
    #expect(try read() == Array(bytes[90_000..<95_000]))
    #expect(truncate(path, 80_000) == 0)
    #expect(sentence { _ = try read() }?.contains("became shorter or was replaced") == true)
    #expect(truncate(path, 100_000) == 0)
    #expect(try read().count == 5000)
    let other = try folder.file("y", bytes)
    #expect(rename(other, path) == 0)
    #expect(sentence { _ = try read() }?.contains("became shorter or was replaced") == true)
  }

  @Test("a window shows the same bytes for every sequence of moves", arguments: [true, false])
  func windows(inMemory: Bool) throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 8) }
    let file = try DataFile(path: folder.file("x", bytes), staysInMemory: inMemory)
    var random = RandomStream(seed: 3)
    try FileBuffers().withBuffer { (buffer) throws(GatewiseError) in
      var window = FileWindow(file, buffer)
      for _ in 0..<500 {
        let offset = random.index(below: bytes.count)
        let count = 1 + random.index(below: 70_000)
        try window.move(to: offset, count: count)
        let end = min(offset + count, bytes.count)
        #expect(window.start <= offset && window.end >= end)
        #expect(window.bytes[(offset - window.start)..<(end - window.start)].elementsEqual(bytes[offset..<end]))
      }
    }
  }
}
