import Foundation
import Testing

@Suite("gatewise train with invalid input")
struct WrongInputTests {
  private let folder: ScratchFolder
  private let text: String

  init() throws {
    folder = try ScratchFolder()
    text = try folder.write(TrainingData.text(lines: 40), to: "text")
  }

  @Test("reports invalid texts, and creates no folder")
  func texts() throws {
    try refuse(["--text", folder.path("none")], status: 1, saying: "none", "no such file")
    try refuse(["--text", try folder.write("", to: "empty")], status: 1, saying: "empty")
    try refuse(["--text", try folder.write("a\0b", to: "binary")], status: 1, saying: "binary", "NUL")
    try refuse(["--text", try folder.write("short", to: "few")], status: 1, saying: "few", "too short")
    try refuse(["--text", text, "--batch", "64", "--window", "100"], status: 1, saying: "text", "too short")
  }

  @Test("reports invalid tables, and creates no folder")
  func tables() throws {
    let rows = (0..<40).map { "\($0),\($0 * $0 % 7)" }
    func table(_ name: String, _ row: Int, _ line: String) throws -> String {
      var lines = rows
      lines[row] = line
      return try folder.write((["a,b"] + lines).joined(separator: "\n") + "\n", to: name)
    }
    let whole = try table("whole.csv", 0, rows[0])
    try refuse(["--csv", whole, "--target", "c"], status: 1, saying: "whole.csv", "\"c\"")
    try refuse(["--csv", whole, "--sequence", "a", "--label", "kind"], status: 1, saying: "whole.csv", "\"kind\"")
    for (name, line) in [("ragged.csv", "1,2,3"), ("word.csv", "1,two"), ("nan.csv", "1,nan"), ("hole.csv", "1,")] {
      try refuse(["--csv", try table(name, 8, line), "--target", "b"], status: 1, saying: name, "line 10")
    }
    try refuse(["--csv", whole, "--target", "b", "--horizon", "60"], status: 1, saying: "whole.csv", "60")
    try refuse(["--csv", whole, "--target", "b", "--horizon", "\(Int.max)"], status: 1, saying: "whole.csv", "horizon")
    try refuse(["--csv", whole, "--target", "b", "--window", "500"], status: 1, saying: "whole.csv", "500")
    try refuse(["--csv", whole, "--target", "b", "--batch", "500"], status: 1, saying: "--batch 500")
    try refuse(["--npy", whole, "--target", "0"], status: 1, saying: "whole.csv", "not a NumPy file")
    try refuse(["--npy", whole], status: 64, saying: "--npy", "--target")
    try refuse(["--npy", whole, "--sequence", "0", "--label", "1"], status: 64, saying: "--sequence", "--csv")
    try refuse(
      ["--npy", whole, "--csv", whole, "--target", "a"], status: 64, saying: "--csv and --npy exclude each other")
  }

  @Test(
    "reports sizes of zero or beyond memory, and names the option",
    arguments: [
      ("--hidden 0", Int32(64), "(for example 64,32), but is 0"),
      ("--hidden 3,,4", 64, "but is 3,,4."), ("--hidden -1", 64, "--hidden must be a positive size"),
      ("--steps -1", 64, "--steps must be at least 1, but is -1"),
      ("--learning-rate -0.5", 64, "--learning-rate must be a finite number above 0, but is -0.5"),
      ("--layers 0", 64, "--layers"), ("--batch 0", 64, "--batch"),
      ("--window 0", 64, "--window"), ("--steps 0", 64, "--steps"), ("--steps x", 64, "--steps"),
      ("--segment 0", 64, "--segment must be at least 1, but is 0"),
      ("--window 9000000000000000000 --segment 3", 1, "--window"),
      ("--threads 0", 64, "--threads"), ("--hidden 1000000000", 1, "--hidden"), ("--layers 1000000000", 64, "--layers"),
      ("--hidden 10000000 --layers 1000", 1, "--hidden"), ("--batch 100000000000", 1, "--batch"),
      ("--window 9000000000000000000", 1, "--window"), ("--learning-rate 0", 64, "--learning-rate"),
      ("--accumulate 0", 64, "--accumulate must be at least 1, but is 0"),
      ("--accumulate -3", 64, "--accumulate must be at least 1, but is -3"),
      ("--average 0", 64, "--average must be above 0 and below 1, but is 0.0"),
      ("--average 1", 64, "--average must be above 0 and below 1, but is 1.0"),
      ("--average nan", 64, "--average must be above 0 and below 1, but is nan"), ("--average x", 64, "--average"),
      ("--clip-norm 0", 64, "--clip-norm"), ("--validation 1", 64, "--validation"),
    ])
  func sizes(_ option: String, status: Int32, name: String) throws {
    try refuse(["--text", text] + option.split(separator: " ").map(String.init), status: status, saying: name)
  }

  @Test(
    "reports options that contradict the data or each other",
    arguments: [
      ("--target a", "--target"), ("--horizon 2", "--horizon"), ("--label a", "--label"), ("--csv a", "--csv"),
      ("--clip-norm 1 --clip-value 1", "--clip-value"), ("--momentum 0.5", "--momentum"),
      ("--schedule step", "--schedule-every"), ("--warmup 3", "--warmup"), ("--schedule-factor 2", "--schedule-factor"),
      ("--validation 0 --validate-every 2", "--validate-every"), ("--patience 0", "--patience"),
      ("--rule no", "--rule"),
      ("--from m --hidden 3", "--hidden"), ("--from m --peepholes", "--peepholes"),
    ])
  func misfits(_ option: String, name: String) throws {
    try refuse(["--text", text] + option.split(separator: " ").map(String.init), status: 64, saying: name)
  }

  @Test("reports tables without a purpose, and windows for classification")
  func purposes() throws {
    let table = try folder.write(TrainingData.sequences(count: 9), to: "table.csv")
    try refuse(["--csv", table], status: 64, saying: "--target", "--sequence")
    try refuse(["--csv", table, "--sequence", "name"], status: 64, saying: "--label")
    try refuse(["--csv", table, "--target", "x", "--unit", "bytes"], status: 64, saying: "--unit")
    try refuse(
      ["--csv", table, "--sequence", "name", "--label", "kind", "--window", "3"], status: 64, saying: "--window",
      "gatewise train --help")
  }

  @Test("reports a model of --from that does not fit the data")
  func misfittingModels() throws {
    try Executable.succeed(TrainingData.quickRun(on: text, out: folder.path("m")))
    let model = folder.path("m/model.safetensors")
    let other = try folder.write(TrainingData.text(lines: 40) + "é", to: "other")
    try refuse(["--text", other, "--from", model], status: 1, saying: "other", "'é' (U+00E9)")
    try refuse(
      ["--csv", TrainingData.airline, "--target", "passengers", "--from", model], status: 64, saying: model, "--text")
    try refuse(["--text", text, "--unit", "bytes", "--from", model], status: 64, saying: "--unit")
    try refuse(["--text", text, "--from", folder.path("none")], status: 1, saying: "none", "no such file")
    let broken = try folder.bytes("m/model.safetensors").dropLast(5)
    try Data(broken).write(to: URL(filePath: folder.path("broken")))
    try refuse(["--text", text, "--from", folder.path("broken")], status: 1, saying: "broken")
  }

  @Test("checks the output folder before training")
  func outputFolder() throws {
    let forever = ["train", "--text", text, "--steps", "1000000000", "--out"]
    try Executable.fail(forever + [text], status: 1, saying: "text", "--out")
    try Executable.fail(forever + [text + "/run"], status: 1, saying: text, "not a folder")
    try Executable.fail(forever + [""], status: 1, saying: "--out")
    try FileManager.default.createDirectory(
      atPath: folder.path("run/model.safetensors"), withIntermediateDirectories: true)
    try Executable.fail(forever + [folder.path("run")], status: 1, saying: "model.safetensors", "is a folder")
    let pipe = folder.path("pipe/model.safetensors")
    try FileManager.default.createDirectory(atPath: folder.path("pipe"), withIntermediateDirectories: true)
    #expect(mkfifo(pipe, 0o600) == 0)
    try Executable.fail(forever + [folder.path("pipe")], status: 1, saying: "model.safetensors", "a pipe")
    try Executable.fail(forever + ["/proc/run"], status: 1, saying: "/proc/run")
    #expect(try String(contentsOfFile: text, encoding: .utf8) == TrainingData.text(lines: 40))
  }

  @Test("keeps the existing model if the new one cannot be saved")
  func fileSizeLimit() throws {
    let out = folder.path("run")
    try Executable.succeed(TrainingData.quickRun(on: text, out: out))
    let before = try folder.bytes("run/model.safetensors")
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    let command = ([try Executable.url.path] + TrainingData.quickRun(on: text, out: out) + ["--seed", "2"])
      .map { "'\($0)'" }.joined(separator: " ")
    let errors = folder.path("errors")
    // The limit counts 512 bytes or more.
    process.arguments = ["-c", "ulimit -f 2; \(command) > /dev/null 2> '\(errors)'"]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 1)
    let sentence = try String(contentsOfFile: errors, encoding: .utf8)
    print("beyond the file-size limit: \(sentence)", terminator: "")
    #expect(sentence.contains("model.safetensors") && sentence.contains("limit"))
    #expect(sentence.count(where: \.isNewline) == 1)
    #expect(try folder.bytes("run/model.safetensors") == before)
    #expect(
      try Set(FileManager.default.contentsOfDirectory(atPath: out))
        == ["model.safetensors", "loss.svg", "log.csv", "run.yaml", "log.jsonl", "checkpoints"])
    // The checkpoints of the earlier run are kept as well.
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: "\(out)/checkpoints").contains("step-000000006.safetensors"))
  }

  /// Expects a run to fail without creating the output folder.
  private func refuse(_ options: [String], status: Int32, saying words: String...) throws {
    let out = folder.path("out")
    let outcome = try Executable.run(["train"] + options + ["--out", out])
    #expect(outcome.status == status, "\(options): \(outcome.errors)")
    for word in words { #expect(outcome.errors.contains(word), "\(outcome.errors) does not contain \(word)") }
    if status == 1 { #expect(outcome.errors.count(where: \.isNewline) == 1, "\(outcome.errors)") }
    #expect(!FileManager.default.fileExists(atPath: out))
  }
}
