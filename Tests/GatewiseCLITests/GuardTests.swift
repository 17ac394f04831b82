import Foundation
import Gatewise
import GatewiseRuns
import Testing

/// Gradient accumulation, and averages of the weights.
@Suite("gatewise train --accumulate, --average")
struct GuardTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Returns a column of a run's log.
  private func column(_ name: String, of run: String) throws -> [String] {
    let rows = try String(contentsOfFile: folder.path("\(run)/log.csv"), encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let index = try #require(rows.first?.firstIndex { $0.contains(name) })
    return rows.dropFirst().map { $0[index] }
  }

  /// Expects a run resumed from update 14 of 20 to match an uninterrupted one: model, losses, and last checkpoint.
  private func resumes(_ options: [String]) throws {
    let all =
      options + [
        "--steps", "20", "--validate-every", "5", "--checkpoint-every", "7", "--keep-checkpoints", "9", "--out",
      ]
    try Executable.succeed(all + [folder.path("whole")])
    try FileManager.default.copyItem(atPath: folder.path("whole"), toPath: folder.path("part"))
    for name in ["checkpoints/step-000000020.safetensors", "model.safetensors", "log.csv"] {
      try FileManager.default.removeItem(atPath: folder.path("part/\(name)"))
    }
    let resumed = try Executable.succeed(all + [folder.path("part"), "--resume"])
    #expect(resumed.output.contains("Resuming from update 14."))
    #expect(try folder.bytes("part/model.safetensors") == folder.bytes("whole/model.safetensors"))
    for name in ["training", "validation", "norm"] {
      let (part, whole) = (try column(name, of: "part"), try column(name, of: "whole"))
      #expect(part == whole && part.count == 20, "\(name)")
    }
    // The tensors of the checkpoints, which contain no times.
    let last = "checkpoints/step-000000020.safetensors"
    let (part, whole) = (
      try SafetensorsFile(path: folder.path("part/\(last)")), try SafetensorsFile(path: folder.path("whole/\(last)"))
    )
    for entry in whole.entries {
      #expect(
        try part.tensor(entry.name, as: Double.self).elements == whole.tensor(entry.name, as: Double.self).elements,
        "\(entry.name)")
    }
    #expect(whole["average"] != nil)
  }

  @Test("a text with carried state and random masks resumes with the same bits")
  func text() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    try resumes([
      "train", "--text", text, "--hidden", "6,5", "--batch", "4", "--window", "8", "--dropout", "0.2",
      "--accumulate", "3", "--average", "0.8",
    ])
  }

  @Test("a table resumes with the same bits")
  func table() throws {
    try resumes([
      "train", "--csv", TrainingData.airline, "--target", "passengers", "--hidden", "6", "--batch", "5", "--accumulate",
      "4", "--average", "0.9", "--optimizer", "rmsprop",
    ])
  }

  @Test("three accumulated batches of four equal a batch of twelve")
  func accumulates() throws {
    // 115 training rows give 96 windows of 19, which divide into batches of twelve.
    let options = [
      "train", "--csv", TrainingData.airline, "--target", "passengers", "--hidden", "6", "--window", "19", "--dtype",
      "float64", "--steps", "24", "--out",
    ]
    try Executable.succeed(options + [folder.path("parts"), "--batch", "4", "--accumulate", "3"])
    try Executable.succeed(options + [folder.path("whole"), "--batch", "12"])
    for name in ["training", "validation", "norm"] {
      let parts = try column(name, of: "parts").filter { !$0.isEmpty }.map { try #require(Double($0)) }
      let whole = try column(name, of: "whole").filter { !$0.isEmpty }.map { try #require(Double($0)) }
      let difference = zip(parts, whole).map { abs($0 - $1) / abs($1) }.max() ?? .infinity
      print("accumulated against whole, \(name) of \(parts.count) rows: relative difference \(difference)")
      #expect(parts.count == whole.count && difference <= 1e-9)
    }
  }

  @Test("the model written is Σ d^(t-i) θ_i / Σ d^(t-i) over the updates")
  func averages() throws {
    let (steps, decay) = (12, 0.7)
    try Executable.succeed([
      "train", "--csv", TrainingData.airline, "--target", "passengers", "--hidden", "5", "--dtype", "float64",
      "--steps", "\(steps)", "--average", "\(decay)", "--checkpoint-every", "1", "--keep-checkpoints", "99",
      "--learning-rate",
      "0.05", "--out", folder.path("run"),
    ])
    let updates = try (1...steps).map {
      try LSTM<Double>(contentsOf: CheckpointFolder(path: folder.path("run/checkpoints")).file(step: $0)).parameters
    }
    let shares = (1...steps).map { pow(decay, Double(steps - $0)) }
    let total = shares.reduce(0, +)
    let expected = updates[0].indices.map { j in
      zip(shares, updates).reduce(0) { $0 + $1.0 * $1.1[j] } / total
    }
    let model = try LSTM<Double>(contentsOf: folder.path("run/model.safetensors")).parameters
    let difference = zip(model, expected).map { abs($0 - $1) }.max() ?? .infinity
    let apart = zip(model, updates[steps - 1]).map { abs($0 - $1) }.max() ?? 0
    print("the model written: \(difference) from the average, \(apart) from the last weights")
    #expect(difference <= 1e-13 && apart > 1e-3)
  }

  @Test("with patience the average of the best validation is written")
  func patience() throws {
    let options = [
      "train", "--csv", TrainingData.airline, "--target", "passengers", "--hidden", "5", "--steps", "400", "--average",
      "0.5", "--validate-every", "2", "--patience", "2", "--learning-rate", "0.5", "--out", folder.path("run"),
    ]
    #expect(try Executable.succeed(options).output.contains("the best model is kept"))
    let best = try TrainingCheckpoint<Float>(contentsOf: folder.path("run/checkpoints/best.safetensors")).state
    let left = try LSTM<Float>(contentsOf: folder.path("run/model.safetensors"))
    #expect(left.parameters == best.average?.parameters && left.parameters != best.model.parameters)
  }
}
