import Foundation
import Gatewise
import GatewiseRuns
import Testing

/// The metrics that `gatewise train` reports, compared with the outputs of `gatewise predict` and simple sums.
@Suite("gatewise train's validation metrics")
struct MetricsTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Returns the metrics in the last line of a run's log, and the validation loss.
  private func last(_ run: String) throws -> (metrics: [String: Any], validation: Double) {
    let lines = try String(contentsOfFile: folder.path("\(run)/log.jsonl"), encoding: .utf8).split(separator: "\n")
    let entry = try JSONSerialization.jsonObject(with: Data(try #require(lines.last).utf8)) as? [String: Any]
    return (try #require(entry?["metrics"] as? [String: Any]), try #require(entry?["validation"] as? Double))
  }

  @Test("RMSE, MAE and NRMSE of forecast changes and levels, in their own units")
  func forecast() throws {
    var stream = RandomStream(seed: 8)
    let rows = (0..<150).map { t in
      let noise: Double = stream.normal()
      return "\(100 + 30 * sin(Double(t) / 5) + noise),\(0.001 * cos(Double(t) / 7))"
    }
    let path = try folder.write((["load,level"] + rows).joined(separator: "\n") + "\n", to: "load.csv")
    // Ten windows of 12 before the held-out rows start at the first row, as predict does.
    let run = try Executable.succeed([
      "train", "--csv", path, "--target", "load", "level", "--input", "load", "--horizon", "3", "--hidden", "6",
      "--window", "12", "--dtype", "float64", "--steps", "40", "--average", "0.9", "--html", "--out",
      folder.path("run"),
    ])
    let output = folder.path("forecast.csv")
    try Executable.succeed(["predict", folder.path("run/model.safetensors"), "--input", path, "--output", output])
    let (table, forecasts) = (try Table(path: path), try Table(path: output))
    let found = try last("run").metrics
    for target in ["load", "level"] {
      let (values, forecast) = (try table.numbers(in: target), try forecasts.numbers(in: target))
      // The forecast in line t is for row t + 3.
      let errors = (120..<150).map { forecast[$0 - 3] - values[$0] }
      let held = values[120...]
      let mean = held.reduce(0, +) / 30
      let deviation = (held.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 30).squareRoot()
      let rmse = (errors.reduce(0) { $0 + $1 * $1 } / 30).squareRoot()
      for (name, expected) in [
        ("rmse", rmse), ("mae", errors.reduce(0) { $0 + abs($1) } / 30), ("nrmse", rmse / deviation),
      ] {
        let value = try #require((found[name] as? [String: Double])?[target])
        print("\(name) of \(target): \(value), from predict \(expected)")
        #expect(abs(value - expected) <= 1e-9 * expected)
      }
      #expect(run.output.contains("RMSE of \"\(target)\" \(significant(rmse)) on 30 rows"))
    }
    #expect(run.output.contains("; MAE ") && run.output.contains(", NRMSE "))
    let page = try String(contentsOfFile: folder.path("run/report.html"), encoding: .utf8)
    for words in ["RMSE of the validation", "NRMSE of the validation", "MAE of the validation"] {
      #expect(page.contains(words))
    }
  }

  private func significant(_ value: Double) -> String {
    String(format: "%.\(3 - Int(log10(value).rounded(.down)))f", value)
  }

  @Test("accuracy of a classifier")
  func classification() throws {
    let path = try folder.write(TrainingData.sequences(count: 60), to: "sequences.csv")
    let run = try Executable.succeed([
      "train", "--csv", path, "--sequence", "name", "--label", "kind", "--hidden", "6", "--steps", "60", "--out",
      folder.path("run"),
    ])
    let output = folder.path("classes.csv")
    try Executable.succeed(["predict", folder.path("run/model.safetensors"), "--input", path, "--output", output])
    let held = try ClassificationData(table: Table(path: path), sequenceColumn: "name", labelColumn: "kind", seed: 1)
      .validation
    let lines = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").dropFirst()
    let right = held.count { n in
      lines[lines.startIndex + n].split(separator: ",")[1] == ["slow", "middle", "fast"][n % 3]
    }
    let accuracy = try #require(try last("run").metrics["accuracy"] as? Double)
    print("accuracy \(accuracy), by predict \(right) of \(held.count)")
    #expect(abs(accuracy - Double(right) / Double(held.count)) <= 1e-15 && right > 0 && right < held.count)
    #expect(run.output.contains("on \(held.count) sequences held out"))
  }

  @Test("perplexity, accuracy and bits per character of a text")
  func text() throws {
    let text = TrainingData.text(lines: 60)
    let path = try folder.write(text, to: "text")
    let run = try Executable.succeed([
      "train", "--text", path, "--hidden", "8", "--layers", "1", "--batch", "1", "--window", "16", "--dtype", "float64",
      "--steps", "80", "--tensorboard", "--out", folder.path("run"),
    ])
    let model = try LSTM<Double>(contentsOf: folder.path("run/model.safetensors"))
    // Tokens are in the order of the characters' code points.
    let vocabulary = Set(text.unicodeScalars).sorted()
    let held = Array(text.unicodeScalars).suffix(Int((0.1 * Double(text.unicodeScalars.count)).rounded())).map {
      vocabulary.firstIndex(of: $0)!
    }
    let (steps, size) = (held.count - 1, vocabulary.count)
    var input = [Double](repeating: 0, count: steps * size)
    for t in 0..<steps { input[t * size + held[t]] = 1 }
    let output = try model.forward(Tensor(shape: [steps, 1, size], elements: input)).output.elements
    var (sum, right) = (0.0, 0)
    for t in 0..<steps {
      let row = output[(t * size)..<((t + 1) * size)].map { exp($0) }
      sum -= log(row[held[t + 1]] / row.reduce(0, +))
      if row[held[t + 1]] == row.max() { right += 1 }
    }
    let (metrics, bits) = try last("run")
    let perplexity = try #require(metrics["perplexity"] as? Double)
    let accuracy = try #require(metrics["accuracy"] as? Double)
    let expected = exp(sum / Double(steps))
    print("perplexity \(perplexity), by hand \(expected); accuracy \(accuracy), by hand \(right) of \(steps)")
    #expect(abs(perplexity - expected) <= 1e-9 * expected)
    #expect(abs(bits - log2(expected)) <= 1e-9 * bits)
    #expect(abs(accuracy - Double(right) / Double(steps)) <= 1e-15 && right > 0)
    #expect(run.output.contains("bits per character on \(steps) characters held out; perplexity "))
    let events = try FileManager.default.contentsOfDirectory(atPath: folder.path("run/tensorboard"))
    let bytes = try folder.bytes("run/tensorboard/\(try #require(events.first))")
    for tag in ["perplexity/validation", "accuracy/validation"] { #expect(bytes.range(of: Data(tag.utf8)) != nil) }
  }
}
