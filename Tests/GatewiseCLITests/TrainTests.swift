import Foundation
import Gatewise
import GatewiseRuns
import Testing

@Suite("gatewise train")
struct TrainTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test("learns a text, which sample then continues")
  func text() throws {
    let text = try folder.write(TrainingData.text(lines: 200), to: "text")
    let outcome = try Executable.succeed([
      "train", "--text", text, "--hidden", "32", "--layers", "2", "--batch", "8", "--window", "32", "--steps", "200",
      "--learning-rate", "0.01", "--out", folder.path("run"),
    ])
    let bits = try #require(outcome.number(before: "bits per character on"))
    print("train --text: \(bits) bits per character")
    #expect(bits < 1)
    #expect(outcome.output.contains("step 200/200") && outcome.output.contains("GF/s"))
    let written = try Executable.succeed([
      "sample", folder.path("run/model.safetensors"), "--prompt", "line 1 of a te", "--length", "24", "--temperature",
      "0",
    ])
    #expect(written.output.hasPrefix("line 1 of a text that is easy to learn"))
  }

  @Test("writes a model, a curve and a log with the printed losses")
  func files() throws {
    let text = try folder.write(TrainingData.text(lines: 40), to: "text")
    let outcome = try Executable.succeed(
      TrainingData.quickRun(on: text, out: folder.path("a/b")) + ["--validate-every", "3"])
    #expect(try Set(folder.names) == ["a", "text"])
    let curve = try String(contentsOfFile: folder.path("a/b/loss.svg"), encoding: .utf8)
    #expect(curve.hasPrefix("<svg") && curve.contains("bits per character"))
    let log = try String(contentsOfFile: folder.path("a/b/log.csv"), encoding: .utf8).split(separator: "\n")
    #expect(log[0] == "step,training loss,validation loss,gradient norm,learning rate,seconds")
    #expect(log.count == 7)
    let judged = log.dropFirst().filter { !$0.split(separator: ",", omittingEmptySubsequences: false)[2].isEmpty }
    #expect(judged.map { $0.prefix(2) } == ["3,", "6,"])
    let last = try #require(Double(judged[1].split(separator: ",")[2]))
    let shown = try #require(outcome.number(before: "bits per character on"))
    #expect(abs(last - shown) < 1e-3)
  }

  @Test("forecasts better than no change with default options, and predict gives the same error")
  func forecast() throws {
    let outcome = try Executable.succeed([
      "train", "--csv", TrainingData.airline, "--target", "passengers", "--out", folder.path("run"),
    ])
    let error = try #require(outcome.number(before: "on 29 rows held out"))
    let persistence = try #require(outcome.number(behind: "forecasting no change: "))
    print("train --target: RMSE \(error), persistence \(persistence)")
    #expect(error < 0.8 * persistence)

    try Executable.succeed([
      "predict", folder.path("run/model.safetensors"), "--input", TrainingData.airline, "--output",
      folder.path("y.csv"),
    ])
    let truth = try column(1, of: TrainingData.airline)
    let forecasts = try column(1, of: folder.path("y.csv"))
    // The first forecast is of the second row.
    let squares = (115..<144).map { pow(forecasts[$0 - 1] - truth[$0], 2) }
    let predicted = (squares.reduce(0, +) / 29).squareRoot()
    #expect(abs(predicted - error) < 1e-2, "predict gives RMSE \(predicted)")
  }

  @Test("trains the same model on an array as on a table of its numbers, and predicts from it in its own units")
  func array() throws {
    let rows = (0..<300).map { [sin(Double($0) / 9) * 10, Double($0 * 7919 % 101)] }
    try NumPyFile.write(Tensor(shape: [300, 2], elements: rows.flatMap(\.self)), to: folder.path("x.npy"))
    let lines = ["wave,noise"] + rows.map { "\($0[0]),\($0[1])" }
    let table = try folder.write(lines.joined(separator: "\n"), to: "x.csv")
    let more = ["--hidden", "8", "--steps", "300", "--dtype", "float64"]
    try Executable.succeed(["train", "--csv", table, "--target", "wave", "--out", folder.path("a")] + more)
    try Executable.succeed(
      ["train", "--npy", folder.path("x.npy"), "--target", "0", "--out", folder.path("b")] + more)
    var models: [LSTM<Double>] = []
    for run in ["a", "b"] {
      models.append(try LSTM<Double>(contentsOf: folder.path("\(run)/model.safetensors")))
      try Executable.succeed([
        "predict", folder.path("\(run)/model.safetensors"), "--input", run == "a" ? table : folder.path("x.npy"),
        "--output", folder.path("\(run).csv"),
      ])
    }
    #expect(models[0].parameters == models[1].parameters)
    let forecasts = try column(1, of: folder.path("b.csv"))
    #expect(try forecasts == column(1, of: folder.path("a.csv")))
    let worst = (100..<300).map { abs(forecasts[$0 - 1] - rows[$0][0]) }.max() ?? .infinity
    print("train --npy: forecasts off by at most \(worst)")
    #expect(worst < 3)
  }

  @Test("classifies sequences with default options")
  func classification() throws {
    let table = try folder.write(TrainingData.sequences(count: 90), to: "table.csv")
    let outcome = try Executable.succeed([
      "train", "--csv", table, "--sequence", "name", "--label", "kind", "--out", folder.path("run"),
    ])
    let accuracy = try #require(outcome.number(before: "% on 18 sequences held out"))
    let majority = try #require(outcome.number(behind: "the most frequent class: "))
    print("train --label: accuracy \(accuracy) %, most frequent class \(majority) %")
    #expect(accuracy > 70 && majority < 40)
    try Executable.succeed([
      "predict", folder.path("run/model.safetensors"), "--input", table, "--output", folder.path("y.csv"),
    ])
    let lines = try String(contentsOfFile: folder.path("y.csv"), encoding: .utf8).split(separator: "\n").dropFirst()
    let kinds = ["slow", "middle", "fast"]
    let right = lines.enumerated().count { n, line in line.hasPrefix("s\(n),\(kinds[n % 3]),") }
    #expect(lines.count == 90 && right > 70, "predict classifies \(right) of 90 correctly")
  }

  @Test("trains the same model in segments, and reports them")
  func segments() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    func loss(_ name: String, _ more: [String]) throws -> (loss: Double, output: String) {
      let outcome = try Executable.succeed(
        TrainingData.quickRun(on: text, out: folder.path(name)) + ["--dtype", "float64"] + more)
      return (try #require(outcome.number(before: "bits per character on")), outcome.output)
    }
    let (whole, parts) = (try loss("whole", []), try loss("parts", ["--segment", "3"]))
    print("train: \(whole.loss) bits per character, in segments \(parts.loss)")
    #expect(abs(whole.loss - parts.loss) < 1e-3)
    #expect(parts.output.contains(", 3 steps at a time,") && !whole.output.contains("at a time"))
  }

  @Test("gives the same bits for the same seed and any number of threads")
  func threads() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    let options = [
      "train", "--text", text, "--hidden", "24,16", "--batch", "16", "--window", "8", "--steps", "20",
    ]
    for (name, more) in [("1", ["--threads", "1"]), ("2", ["--threads", "2"]), ("other", ["--seed", "2"])] {
      try Executable.succeed(options + more + ["--out", folder.path(name)])
    }
    let one = try folder.bytes("1/model.safetensors")
    #expect(try one == folder.bytes("2/model.safetensors"))
    #expect(try one != folder.bytes("other/model.safetensors"))
  }

  @Test("continues training from a model")
  func goingOn() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    let out = folder.path("run")
    let options = [
      "train", "--text", text, "--batch", "4", "--window", "16", "--steps", "80", "--learning-rate", "0.02", "--out",
      out,
    ]
    let first = try Executable.succeed(options + ["--hidden", "16", "--layers", "2", "--dtype", "float64"])
    let second = try Executable.succeed(options + ["--from", folder.path("run/model.safetensors")])
    let before = try #require(first.number(before: "bits per character on"))
    let after = try #require(second.number(before: "bits per character on"))
    print("train --from: \(before), then \(after) bits per character")
    #expect(after < before - 0.1)
    // The model's data type is kept, and the first loss is that of the trained model, not of a new one.
    let file = try ModelFile(contentsOf: folder.path("run/model.safetensors"))
    #expect(file.dataType == .float64 && file.configuration.hiddenSizes == [16, 16])
    let start = try #require(second.number(behind: "step 1/80  bits/char "))
    #expect(start < before + 0.5, "continues at \(start)")
  }

  @Test(
    "every option changes the result",
    arguments: [
      "--peepholes", "--learn-initial-state", "--initialization glorot", "--initialization orthogonal",
      "--forget-bias 0", "--optimizer sgd", "--optimizer sgd --momentum 0.5", "--optimizer rmsprop",
      "--optimizer adamw", "--optimizer adamw --weight-decay 0.5", "--learning-rate 0.001", "--clip-norm 0.01",
      "--clip-value 0.0001", "--schedule step --schedule-every 2 --schedule-factor 0.5",
      "--schedule exponential --schedule-factor 0.9", "--schedule warmup-cosine",
      "--schedule warmup-cosine --warmup 3 --schedule-floor 0.5", "--dtype float64", "--unit bytes",
      "--validation 0.3", "--layers 2", "--hidden 9", "--batch 5", "--window 9", "--steps 7", "--seed 9",
    ])
  func options(_ option: String) throws {
    let text = try folder.write(TrainingData.text(lines: 30), to: "text")
    var arguments = TrainingData.quickRun(on: text, out: folder.path("run"))
    try Executable.succeed(arguments)
    let plain = try folder.bytes("run/model.safetensors")
    let words = option.split(separator: " ").map(String.init)
    if let place = arguments.firstIndex(of: words[0]) {
      arguments[place + 1] = words[1]
    } else {
      arguments += words
    }
    try Executable.succeed(arguments)
    #expect(try folder.bytes("run/model.safetensors") != plain)
  }

  private func column(_ index: Int, of path: String) throws -> [Double] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst().map {
      try #require(Double($0.split(separator: ",")[index]))
    }
  }
}

extension Executable.Outcome {
  /// Returns the number before `words` in the output.
  func number(before words: String) -> Double? {
    guard let range = output.range(of: " " + words) else { return nil }
    return output[..<range.lowerBound].split(whereSeparator: \.isWhitespace).last.flatMap { Double($0) }
  }

  /// Returns the number after `words` in the output.
  func number(behind words: String) -> Double? {
    guard let range = output.range(of: words) else { return nil }
    let rest = output[range.upperBound...].prefix { $0.isNumber || $0 == "." }
    return Double(rest.hasSuffix(".") ? rest.dropLast() : rest)
  }
}
