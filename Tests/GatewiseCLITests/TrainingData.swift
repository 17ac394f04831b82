import Foundation
import Gatewise

/// Small training data, the same in every run.
enum TrainingData {
  /// Returns a text in which the preceding characters determine each character.
  static func text(lines: Int) -> String {
    (0..<lines).map { "line \($0 % 10) of a text that is easy to learn\n" }.joined()
  }

  /// Returns a table of sequences of three classes: a sine of a different frequency with noise, from 8 to 19 steps.
  static func sequences(count: Int) -> String {
    var stream = RandomStream(seed: 3)
    var text = "name,x,y,kind\n"
    for n in 0..<count {
      let phase: Double = stream.uniform(in: 0...6)
      for t in 0..<(8 + stream.index(below: 12)) {
        let (noise, y): (Double, Double) = (stream.normal(), stream.normal())
        let x = sin([0.3, 0.8, 1.4][n % 3] * Double(t) + phase) + 0.1 * noise
        text += "s\(n),\(x),\(y),\(["slow", "middle", "fast"][n % 3])\n"
      }
    }
    return text
  }

  /// The path of the examples' table: 144 months of airline passengers.
  static let airline = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Examples/airline-passengers.csv").standardizedFileURL.path

  /// Returns the arguments of a run on text that takes less than a second.
  static func quickRun(on text: String, out: String) -> [String] {
    [
      "train", "--text", text, "--hidden", "8", "--layers", "1", "--batch", "4", "--window", "8", "--steps", "6",
      "--out", out,
    ]
  }
}
