import Foundation
import Gatewise
import Testing

@testable import GatewiseRuns

@Suite("Event files") struct EventFileTests {
  private static let names = ["events.out.tfevents.1700000000.host", "events.out.tfevents.1700000001.host"]

  private func fixture(_ name: String) throws -> Data {
    try Data(contentsOf: Bundle.module.resourceURL!.appendingPathComponent("Fixtures/tensorboard/\(name)"))
  }

  @Test("the bytes of two runs equal those of TensorBoard's own writer")
  func bytes() throws {
    let folder = try TemporaryFolder()
    func time(_ step: Int) -> Double { 1_700_000_000 + Double(step) }
    let first = try EventFile(folder: folder.path, time: 1_700_000_000.25, host: "host")
    try first.text("settings", "hidden **8**, naïve < & >", step: 0, wallTime: time(0))
    for step in 1...5 { try first.scalar("loss/training", 3 / Double(step), step: step, wallTime: time(step)) }
    let weights = (0..<200).map { (k: Int) -> Double in
      let digit = Double(k * 37 % 101)
      return digit * digit / 997 - 2
    }
    try first.histogram("weights/layer0/forget", of: weights, step: 5, wallTime: time(5))
    try first.scalars("gradient", [LayerFigure("layer0/forget", 0.1)], step: 5, wallTime: time(5))
    try first.flush()
    // In the same second, so the name needs the next one.
    let second = try EventFile(folder: folder.path + "/", purgeStep: 4, time: 1_700_000_000.75, host: "host")
    for step in 4...6 { try second.scalar("loss/training", 10 / Double(step), step: step, wallTime: time(step)) }
    try second.histogram("weights/layer0/forget", of: [0.5, .nan, 0.5, -.infinity], step: 6, wallTime: time(6))
    try second.histogram("weights/layer0/forget", of: [Float.nan], step: 7)
    try second.flush()
    for (file, name) in zip([first, second], Self.names) {
      let (found, expected) = (try Data(contentsOf: URL(fileURLWithPath: file.path)), try fixture(name))
      print("\(name): \(found.count) bytes")
      #expect(file.path.hasSuffix("/" + name))
      #expect(found == expected)
    }
  }

  @Test("flushed events are written, others at the end or when the buffer is full")
  func flushing() throws {
    let folder = try TemporaryFolder()
    func size(_ path: String) throws -> Int { try Data(contentsOf: URL(fileURLWithPath: path)).count }
    var events: EventFile? = try EventFile(folder: folder.path)
    let path = try #require(events?.path)
    let start = try size(path)
    #expect(start > 0)
    try events?.scalar("a", 1, step: 1)
    #expect(try size(path) == start)
    try events?.flush()
    let flushed = try size(path)
    #expect(flushed > start)
    try events?.text("b", String(repeating: "x", count: 1 << 16), step: 1)
    #expect(try size(path) > flushed + 1 << 16)
    try events?.scalar("a", 1, step: 2)
    let before = try size(path)
    events = nil
    #expect(try size(path) > before)
  }

  @Test("a new file sorts after all others, for any clock and host")
  func names() throws {
    let folder = try TemporaryFolder()
    let a = try EventFile(folder: folder.path, time: 1_700_000_000, host: "z")
    let b = try EventFile(folder: folder.path, time: 5, host: "")
    let c = try EventFile(folder: folder.path, time: 1_600_000_000, host: "a/b:ü host")
    _ = try folder.file("events.out.tfevents.99999999999999999999.x", "")
    let d = try EventFile(folder: folder.path, time: 1_800_000_000.9, host: "z")
    #expect(
      [a, b, c, d].map { ($0.path as NSString).lastPathComponent } == [
        "events.out.tfevents.1700000000.z", "events.out.tfevents.1700000001.localhost",
        "events.out.tfevents.1700000002.a-b---host", "events.out.tfevents.1800000000.z",
      ])
  }

  @Test("a histogram counts numbers of any magnitude once")
  func histograms() throws {
    let cases: [[Double]] = [
      [-Double.greatestFiniteMagnitude, .greatestFiniteMagnitude, 0], [1, 1.0.nextUp], [0, .leastNonzeroMagnitude],
      [-0.0, 0], [1e6, 1e6 + 1e-9, 1e6 + 2e-9], (0..<1000).map { sin(Double($0)) },
    ]
    for values in cases {
      let histogram = try #require(TBHistogramProto(of: values))
      #expect(histogram.bucket.reduce(0, +) == Double(values.count))
      #expect(histogram.num == Double(values.count))
      #expect(histogram.bucket.count == histogram.bucketLimit.count)
      #expect(histogram.min == values.min() && histogram.max == values.max())
      #expect(histogram.bucketLimit.last == histogram.max)
      #expect(zip(histogram.bucketLimit, histogram.bucketLimit.dropFirst()).allSatisfy { $0 <= $1 })
    }
    #expect(TBHistogramProto(of: [Double]()) == nil)
  }

  @Test("the error for a folder that cannot be written to names it")
  func refusals() throws {
    let folder = try TemporaryFolder()
    #expect(sentence { _ = try EventFile(folder: folder.path + "/none") }?.contains("does not exist") == true)
    let file = try folder.file("file", "text")
    #expect(sentence { _ = try EventFile(folder: file) }?.contains("is a file and not a folder") == true)
  }
}
