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
        gatewise bench --rows infer-L2
        gatewise bench --hidden 256 --batch 64 --window 64 --mode train --json
        gatewise bench --rule rtrl --layers 1 --hidden 64 --batch 1 --window 16

      Without a shape a grid of rows is measured; --list prints it. Every round times the work and then cblas_sgemm 2048x2048x2048 with as \
      many threads; the figure is the median of the rounds' ratios, with quartiles and the share of time that the \
      host of a virtual machine took away. Above 5 % the row is measured again, three times at most. GF/s counts \
      8H(I + H) operations a layer and real step of a sequence, three times that for training: forward and backward of \
      the loss sum y * dy, without a gradient for x and without an optimizer. With --rule rtrl it counts the products \
      of the derivatives alone: 16H^3(I + H + 1) a layer and step, twice that in every layer above by the weights of \
      one below. Where OpenBLAS runs kernels for an older processor than this (gatewise info), no share of its product \
      is given, and a sentence says what to set.

      With --turns a script lets this and other programs take turns. A line of JSON says that the work is ready, and \
      by how many bytes its first run raised the peak memory above model and data (memoryGrowth). Then every line on \
      standard input is answered by a round: seconds a run, gflops and sgemmGflops. The end of the input ends it.
      """)

  @Option(help: ArgumentHelp("Number of layers (default: 2).", valueName: "n"))
  var layers: Int?

  @Option(help: ArgumentHelp("Number of inputs (default: as many as hidden units).", valueName: "i"))
  var inputSize: Int?

  @Option(help: ArgumentHelp("Hidden units of every layer (default: 256).", valueName: "h"))
  var hidden: Int?

  @Flag(help: "Let every layer read its sequences from the last step to the first, too.")
  var bidirectional = false

  @Option(help: ArgumentHelp("Project the hidden units of every layer to so many outputs.", valueName: "p"))
  var projection: Int?

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

  @Option(
    help: ArgumentHelp(
      "The least number of steps of a sequence: lengths are drawn from there to --window (default: all have as many).",
      valueName: "t"))
  var shortest: Int?

  @Option(help: ArgumentHelp("Only those rows of the grid whose names contain this.", valueName: "text"))
  var rows: String?

  @Option(
    help: ArgumentHelp("Number of rounds, at least 1; 15 and more make a figure (default: 15).", valueName: "n"))
  var rounds: Int?

  @Flag(help: "Print one JSON object a line instead of a table.")
  var json = false

  @Flag(help: "Measure nothing, but print the rows' names; with --json all that defines them.")
  var list = false

  @Flag(help: "Measure a round of one row for every line on standard input, and answer in JSON.")
  var turns = false

  @OptionGroup var weights: WeightsOption

  @OptionGroup var rule: RuleOptions

  @OptionGroup var threads: ThreadsOption

  func validate() throws {
    let sizes = [
      ("--layers", layers), ("--input-size", inputSize), ("--hidden", hidden), ("--batch", batch),
      ("--window", window), ("--shortest", shortest), ("--rounds", rounds), ("--projection", projection),
    ]
    for (option, size) in sizes where !(1...100_000_000).contains(size ?? 1) {
      throw ValidationError("\(option) \(size ?? 0) is no size; give one from 1 to 100,000,000.")
    }
    if let layers, layers > 1000 { throw ValidationError("--layers \(layers) is too many; give at most 1000.") }
    if mode == .step, bidirectional {
      throw ValidationError(
        "--mode step streams, which a model that reads both ways cannot; leave out --bidirectional.")
    }
    if mode == .step, window ?? shortest != nil {
      throw ValidationError("--mode step takes one step; leave out --window and --shortest.")
    }
    if weights.storage != .full, mode == nil || mode == .train {
      throw ValidationError("--weights \(weights.storage.rawValue) is for inference; add --mode infer or --mode step.")
    }
    if rule.rule != .bptt, mode ?? .train != .train {
      throw ValidationError("--rule \(rule.rule.rawValue) is for training; leave out --mode \(mode!.rawValue).")
    }
    if rule.rule == .rtrl, hidden == nil {
      throw ValidationError("--rule rtrl takes time as the fourth power of the hidden units; give --hidden, say 64.")
    }
    if let shortest, shortest > window ?? 64 {
      throw ValidationError("--shortest \(shortest) is more than the \(window ?? 64) steps of --window.")
    }
    if let rows, isShapeGiven {
      throw ValidationError("--rows \(rows) chooses from the grid; leave out the shape, or --rows.")
    }
    if let rows, shapes.isEmpty {
      throw ValidationError("--rows \(rows) is in no row's name; gatewise bench --list prints them.")
    }
    if turns, list || rounds != nil {
      throw ValidationError("--turns takes its rounds from standard input; leave out --rounds and --list.")
    }
    if turns, shapes.count > 1 {
      throw ValidationError("--turns measures one row; give a shape, or --rows with the name of one.")
    }
    if list, rounds != nil { throw ValidationError("--list measures nothing; leave out --rounds.") }
  }

  func run() throws {
    if list {
      for shape in shapes { try StandardOutput.print(json ? try JSONLine.text(BenchRecord(shape)) : shape.name) }
      return try StandardOutput.flush()
    }
    let execution = try threads.execution()
    guard OpenBLAS.hasRoomForProductRate(threads: execution.team.threads) else {
      throw GatewiseError.invalidArgument(
        "OpenBLAS's product, which rows are compared with, takes more addresses on \(execution.team.threads) threads than "
          + "their limit (ulimit -v) leaves; raise it, or give fewer --threads.")
    }
    if turns { return try BenchTurns.run(shapes[0], execution: execution) }
    if !json { try StandardOutput.print(Self.header) }
    for shape in shapes {
      let result = try BenchResult.measure(shape, rounds: rounds ?? 15, execution: execution)
      try StandardOutput.print(json ? try JSONLine.text(BenchRecord(result)) : Self.line(result))
      try StandardOutput.flush()
    }
    if !json, let advice = OpenBLAS.coreAdvice { try StandardOutput.print(advice) }
  }

  private var isShapeGiven: Bool {
    [layers, inputSize, hidden, projection, batch, window, shortest].contains { $0 != nil } || bidirectional
      || mode != nil || dtype != nil || weights.choice != nil || rule.isGiven
  }

  /// The row that the options name, or those of the grid.
  private var shapes: [BenchShape] {
    guard isShapeGiven else { return BenchGrid.rows.filter { row in rows.map { row.name.contains($0) } ?? true } }
    let mode = mode ?? .train
    return [
      BenchShape(
        mode: mode, layers: layers ?? 2, inputSize: inputSize ?? hidden ?? 256, hiddenSize: hidden ?? 256,
        isBidirectional: bidirectional, projectionSize: projection, batch: batch ?? (mode == .step ? 1 : 64),
        window: mode == .step ? 1 : window ?? 64, shortest: shortest,
        dtype: dtype ?? .float32, weights: weights.storage, rule: rule.gradientRule, ruleName: rule.rule)
    ]
  }

  private static let header = Columns.line([
    .left("work", 34), .right("time", 9), .right("GF/s", 6), .right("SGEMM", 6), .right("ratio", 6),
    .right("quartiles", 12), .right("stolen", 6),
  ])

  /// Without a share of SGEMM where OpenBLAS runs kernels for an older processor: that would say nothing.
  private static func line(_ result: BenchResult) -> String {
    let product =
      OpenBLAS.coreIsOld
      ? ["-", "-", "-"]
      : [
        Format.significant(result.sgemmGflops, digits: 3), percent(result.ratio),
        "\(percent(result.quartiles.0))-\(percent(result.quartiles.1))",
      ]
    return Columns.line([
      .left(result.shape.name, 34), .right(time(result.seconds), 9),
      .right(Format.significant(result.gflops, digits: 3), 6),
      .right(product[0], 6), .right(product[1], 6), .right(product[2], 12), .right(percent(result.steal), 6),
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
