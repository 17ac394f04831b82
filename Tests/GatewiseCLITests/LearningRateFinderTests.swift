import Foundation
import Testing

@Suite("gatewise train --find-learning-rate")
struct LearningRateFinderTests {
  private let folder: ScratchFolder
  private let airline = ["train", "--csv", TrainingData.airline, "--target", "passengers"]

  init() throws { folder = try ScratchFolder() }

  /// Returns the rate that a search suggests.
  private func suggestion(_ output: String) throws -> String {
    let found = try #require(output.range(of: "Suggested: --learning-rate "))
    return String(output[found.upperBound...].prefix { $0 != "," })
  }

  /// Returns the last training loss of a run.
  private func loss(_ rate: String) throws -> Double {
    let out = folder.path("run\(rate)")
    try Executable.succeed(airline + ["--learning-rate", rate, "--steps", "60", "--validation", "0.2", "--out", out])
    let log = try String(contentsOfFile: "\(out)/log.csv", encoding: .utf8)
    return try #require(log.split(separator: "\n").last.flatMap { Double($0.split(separator: ",")[1]) })
  }

  @Test("suggests a rate that learns much faster than smaller ones, prints the losses, and writes no files")
  func suggests() throws {
    let found = try Executable.succeed(airline + ["--out", folder.path("none"), "--find-learning-rate"])
    #expect(try folder.names == [])
    #expect(found.lines.first?.contains("learning rate") == true && found.lines.first?.contains("smoothed") == true)
    #expect(found.output.contains("Nothing is trained or written."))
    // Columns of an increasing rate, a loss and a smoothed loss.
    let rows = found.lines.compactMap { line in
      let numbers = line.split(separator: " ").compactMap { Double($0) }
      return numbers.count == 3 ? numbers : nil
    }
    #expect(rows.count >= 15 && rows.first?[0] == 1e-6)
    #expect(zip(rows, rows.dropFirst()).allSatisfy { $0[0] < $1[0] })
    let rate = try suggestion(found.output)
    let number = try #require(Double(rate))
    let (good, small) = (try loss(rate), try loss("\(number / 100)"))
    print("suggested \(rate): loss \(good) after 60 updates; with a hundredth of the rate \(small)")
    #expect(good < 0.75 * small)
    // The same run suggests the same rate.
    #expect(try Executable.succeed(airline + ["--out", "x", "--find-learning-rate"]).output == found.output)
  }

  @Test("reads a run file, and does not change the run's folder")
  func besideRun() throws {
    let text = try folder.write(TrainingData.text(lines: 60), to: "text")
    try Executable.succeed(TrainingData.quickRun(on: text, out: folder.path("run")) + ["--html"])
    func contents() throws -> [String: Date] {
      let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path("run"))
      return try Dictionary(
        uniqueKeysWithValues: names.map {
          let attributes = try FileManager.default.attributesOfItem(atPath: folder.path("run/\($0)"))
          return ($0, try #require(attributes[.modificationDate] as? Date))
        })
    }
    let before = try contents()
    let found = try Executable.succeed(["train", "--config", folder.path("run/run.yaml"), "--find-learning-rate"])
    #expect(found.output.contains("bits per character") && found.output.contains("Swept: "))
    #expect(try contents() == before)
  }

  @Test(
    "reports options that contradict it",
    arguments: [["--resume"], ["--learning-rate", "0.1"], ["--learning-rate=0.1"], ["--html"], ["--tensorboard"]])
  func refuses(_ options: [String]) throws {
    let flag = String(options[0].prefix { $0 != "=" })
    try Executable.fail(
      airline + ["--out", folder.path("run"), "--find-learning-rate"] + options, status: 64,
      saying: "\(flag) excludes --find-learning-rate")
    #expect(try folder.names == [])
  }
}
