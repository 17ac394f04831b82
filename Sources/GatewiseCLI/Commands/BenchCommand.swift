import ArgumentParser
import Foundation
import Gatewise
import GatewiseRuns

/// `gatewise bench`
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures the engine's speed beside this machine's matrix product.",
    discussion: """
      Examples:
        gatewise bench
        gatewise bench --hidden 256 --batch 64 --window 64 --mode train --json

      Without a shape a small set is measured. Every round times the work and then cblas_sgemm 2048x2048x2048 with as \
      many threads; the figure is the median of the rounds' ratios, with quartiles and the share of time that the \
      host of a virtual machine took away. Above 5 % the row is measured again, three times at most. GF/s counts \
      8H(I + H)NT operations a layer, three times that for training: forward and backward of the loss sum y * dy, \
      without a gradient for x and without an optimizer.
      """)

  @Option(help: ArgumentHelp("Number of layers (default: 2).", valueName: "n"))
  var layers: Int?

  @Option(help: ArgumentHelp("Number of inputs (default: as many as hidden units).", valueName: "i"))
  var inputSize: Int?

  @Option(help: ArgumentHelp("Hidden units of every layer (default: 256).", valueName: "h"))
  var hidden: Int?

  @Option(help: ArgumentHelp("Number of sequences (default: 64; 1 for --mode step).", valueName: "n"))
  var batch: Int?

  @Option(help: ArgumentHelp("Number of time steps (default: 64).", valueName: "t"))
  var window: Int?

  @Option(
    help: ArgumentHelp(
      "What is timed: forward and backward, forward, or one step of a session (default: train).", valueName: "mode"))
  var mode: BenchShape.Mode?

  @Option(help: ArgumentHelp("Type of the numbers (default: float32).", valueName: "dtype"))
  var dtype: DataType?

  @Option(help: ArgumentHelp("Number of rounds, at least 1; 15 and more make a figure.", valueName: "n"))
  var rounds = 15

  @Flag(help: "Print one JSON object a line instead of a table.")
  var json = false

  @OptionGroup var threads: ThreadsOption

  func validate() throws {
    let sizes = [
      ("--layers", layers), ("--input-size", inputSize), ("--hidden", hidden), ("--batch", batch),
      ("--window", window), ("--rounds", rounds),
    ]
    for (option, size) in sizes where !(1...100_000_000).contains(size ?? 1) {
      throw ValidationError("\(option) \(size ?? 0) is no size; give one from 1 to 100,000,000.")
    }
    if let layers, layers > 1000 { throw ValidationError("--layers \(layers) is too many; give at most 1000.") }
    if mode == .step, window != nil { throw ValidationError("--mode step takes one step; leave out --window.") }
  }

  func run() throws {
    let execution = try threads.execution()
    if !json { print(Self.header) }
    for shape in shapes {
      let result = try BenchResult.measure(shape, rounds: rounds, execution: execution)
      print(json ? try JSONLine.text(BenchRecord(result)) : Self.line(result))
      try StandardOutput.flush()
    }
  }

  /// The row that the options name, or the standard set.
  private var shapes: [BenchShape] {
    let isGiven = [layers, inputSize, hidden, batch, window].contains { $0 != nil } || mode != nil || dtype != nil
    guard isGiven else { return BenchShape.standard }
    let mode = mode ?? .train
    return [
      BenchShape(
        mode: mode, layers: layers ?? 2, inputSize: inputSize ?? hidden ?? 256, hiddenSize: hidden ?? 256,
        batch: batch ?? (mode == .step ? 1 : 64), window: mode == .step ? 1 : window ?? 64, dtype: dtype ?? .float32)
    ]
  }

  private static let header = Columns.line([
    .left("work", 32), .right("time", 9), .right("GF/s", 6), .right("SGEMM", 6), .right("ratio", 6),
    .right("quartiles", 12), .right("stolen", 6),
  ])

  private static func line(_ result: BenchResult) -> String {
    Columns.line([
      .left(result.shape.name, 32), .right(time(result.seconds), 9),
      .right(Format.significant(result.gflops, digits: 3), 6),
      .right(Format.significant(result.sgemmGflops, digits: 3), 6), .right(percent(result.ratio), 6),
      .right("\(percent(result.quartiles.0))-\(percent(result.quartiles.1))", 12), .right(percent(result.steal), 6),
    ])
  }

  private static func percent(_ share: Double) -> String { String(format: "%.0f%%", share * 100) }

  private static func time(_ seconds: Double) -> String {
    seconds < 1e-3
      ? "\(Format.significant(seconds * 1e6, digits: 3)) us"
      : seconds < 1
        ? "\(Format.significant(seconds * 1e3, digits: 3)) ms" : "\(Format.significant(seconds, digits: 3)) s"
  }
}

/// A row of a benchmark for scripts.
private struct BenchRecord: Encodable {
  let name: String
  let mode: String
  let layers: Int
  let inputSize: Int
  let hiddenSize: Int
  let batch: Int
  let window: Int
  let dtype: String
  let threads: Int
  let seconds: Double
  let gflops: Double
  let sgemmGflops: Double
  let ratio: Double
  let quartiles: [Double]
  let steal: Double

  init(_ result: BenchResult) {
    let shape = result.shape
    (name, mode, dtype) = (shape.name, shape.mode.rawValue, shape.dtype.argument)
    (layers, inputSize, hiddenSize) = (shape.layers, shape.inputSize, shape.hiddenSize)
    (batch, window, threads) = (shape.batch, shape.window, result.threads)
    (seconds, gflops, sgemmGflops) = (result.seconds, result.gflops, result.sgemmGflops)
    (ratio, quartiles, steal) = (result.ratio, [result.quartiles.0, result.quartiles.1], result.steal)
  }
}
