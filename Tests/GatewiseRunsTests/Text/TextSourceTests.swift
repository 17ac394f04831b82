import Gatewise
import GatewiseRuns
import Testing

@Suite("Streams of text") struct TextSourceTests {
  private struct Epoch {
    var streams: [[Int32]]
    var targets: [[Int32]]
    var carried: [Bool] = []
    var steps: [Int] = []
  }

  private func epoch(_ source: inout TextSource<Float>) throws -> Epoch {
    var batch = source.makeBatch()
    var epoch = Epoch(
      streams: Array(repeating: [], count: source.batchSize), targets: Array(repeating: [], count: source.batchSize))
    while try source.next(into: &batch) {
      try batch.validate()
      epoch.carried.append(batch.continuesState)
      epoch.steps.append(batch.steps)
      for t in 0..<batch.steps {
        for n in 0..<batch.batchSize {
          epoch.streams[n].append(batch.tokens[t * batch.batchSize + n])
          epoch.targets[n].append(batch.classes[t * batch.batchSize + n])
        }
      }
    }
    return epoch
  }

  @Test("streams run in parallel, and each target is the next token")
  func streams() throws {
    let tokens = (0..<62).map { Int32($0) }
    var source = try TextSource<Float>(tokens: tokens, vocabularySize: 62, batchSize: 3, window: 6)
    for _ in 0..<2 {
      let found = try epoch(&source)
      print("stream 1:", found.streams[1], "carried:", found.carried)
      // 61 steps make 3 streams of 20 steps, each with 3 windows of 6.
      #expect(found.streams == [Array(0..<18), Array(20..<38), Array(40..<58)])
      #expect(found.targets == found.streams.map { $0.map { $0 + 1 } })
      #expect(found.carried == [false, true, true])
    }
    #expect(source.batchesPerEpoch == 3)
  }

  @Test("validation counts every step of its streams")
  func remainder() throws {
    let tokens = (0..<62).map { Int32($0) }
    var source = try TextSource<Float>(
      tokens: tokens, vocabularySize: 62, batchSize: 3, window: 6, dropsRemainder: false)
    let found = try epoch(&source)
    #expect(found.streams == [Array(0..<20), Array(20..<40), Array(40..<60)])
    #expect(found.steps == [6, 6, 6, 2])
    var short = try TextSource<Float>(
      tokens: [1, 2], vocabularySize: 3, batchSize: 1, window: 6, dropsRemainder: false)
    #expect(try epoch(&short).targets == [[2]])
  }
}
