import Foundation
import Gatewise

/// Small data to learn from, the same in every run.
enum TrainingData {
  /// A text in which each character follows from the few before it.
  static func text(lines: Int) -> String {
    (0..<lines).map { "line \($0 % 10) of a text that is easy to learn\n" }.joined()
  }

  /// Sequences of three classes that differ in the frequency of a sine with noise; lengths from 8 to 19 steps.
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

  /// The table of the examples: 144 months of airline passengers.
  static let airline = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Examples/airline-passengers.csv").standardizedFileURL.path

  /// A run on text so small that it ends at once.
  static func quickRun(on text: String, out: String) -> [String] {
    [
      "train", "--text", text, "--hidden", "8", "--layers", "1", "--batch", "4", "--window", "8", "--steps", "6",
      "--out", out,
    ]
  }
}
