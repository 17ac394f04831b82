import Foundation
import Gatewise
import Testing

@testable import GatewiseRuns

@Suite("Run logs") struct RunLogTests {
  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test("a line is one object of measurements, and is read back unchanged")
  func lines() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/log.jsonl"
    var entries = [
      RunLogEntry(step: 1, loss: 2.5, gradientNorm: 0.1, learningRate: 1e-3, seconds: 0.25, rowsPerSecond: 1000),
      RunLogEntry(
        step: 1, validation: 1.0 / 3, gradientNorms: [LayerFigure("layer0/forget", 0.5), LayerFigure("readout", 2)],
        saturation: [LayerFigure("layer0/forget", 0)]),
    ]
    var metrics = ValidationMetrics()
    (metrics.accuracy, metrics.rmse) = (0.25, ["load": 3])
    entries[1].metrics = metrics
    let log = try RunLog(path: path)
    try log.append(entries[0])
    let first = #"{"gradientNorm":0.1,"learningRate":0.001,"loss":2.5,"rowsPerSecond":1000,"seconds":0.25,"step":1}"#
    #expect(try text(path) == first + "\n")
    try log.append(entries[1])
    let second =
      #"{"gradientNorms":{"layer0/forget":0.5,"readout":2},"metrics":{"accuracy":0.25,"rmse":{"load":3}},"#
      + #""saturation":{"layer0/forget":0},"step":1,"validation":0.3333333333333333}"#
    #expect(try text(path) == first + "\n" + second + "\n")
    #expect(try RunLog.entries(at: path) == entries)
    _ = try RunLog(path: path)
    #expect(try text(path) == "")
    #expect(try RunLog.entries(at: path).isEmpty)
    #expect(try RunLog.entries(at: folder.path + "/none.jsonl").isEmpty)
  }

  @Test("numbers that JSON cannot represent are left out")
  func notFinite() {
    var metrics = ValidationMetrics()
    (metrics.perplexity, metrics.mae) = (.infinity, ["a": .nan, "b": 2])
    let entry = RunLogEntry(
      step: 2, loss: .nan, validation: -.infinity, metrics: metrics,
      weightNorms: [LayerFigure("a", .infinity), LayerFigure("b", 1)])
    #expect(entry.line == #"{"metrics":{"mae":{"b":2}},"step":2,"weightNorms":{"b":1}}"#)
  }

  @Test("a resumed run continues after its step")
  func resuming() throws {
    let folder = try TemporaryFolder()
    let lines = [1, 2, 3, 3, 4].map { "{\"loss\":\($0),\"step\":\($0)}\n" }
    // Killed while writing a line.
    let path = try folder.file("log.jsonl", lines.joined() + "{\"loss\":5,\"st")
    let log = try RunLog(path: path, resumingAfter: 3)
    try log.append(RunLogEntry(step: 4, loss: 40))
    #expect(try text(path) == lines[0..<4].joined() + "{\"loss\":40,\"step\":4}\n")
    _ = try RunLog(path: path, resumingAfter: 100)
    #expect(try text(path) == lines[0..<4].joined() + "{\"loss\":40,\"step\":4}\n")
    _ = try RunLog(path: path, resumingAfter: 0)
    #expect(try text(path) == "")
    try RunLog(path: folder.path + "/new.jsonl", resumingAfter: 3).append(RunLogEntry(step: 4))
    #expect(try text(folder.path + "/new.jsonl") == "{\"step\":4}\n")
  }

  @Test("files that are not logs stay unchanged")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let lines = "{\"step\":1}\nno log\n{\"step\":2}\n"
    let other = try folder.file("other.txt", lines)
    #expect(sentence { _ = try RunLog(path: other, resumingAfter: 2) }?.contains("line 2") == true)
    #expect(try text(other) == lines)
    #expect(sentence { _ = try RunLog(path: folder.path) }?.contains("is a folder") == true)
    #expect(sentence { _ = try RunLog(path: "/dev/null") }?.contains("is a device or a pipe") == true)
    mkfifo(folder.path + "/pipe", 0o600)
    #expect(sentence { _ = try RunLog(path: folder.path + "/pipe") }?.contains("is a device or a pipe") == true)
  }
}
