import ArgumentParser
import Foundation
import Gatewise
import GatewiseRuns

/// The command `gatewise bench`.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures the engine's speed relative to this machine's matrix product.",
    discussion: """
      Examples:
        gatewise bench
        gatewise bench --rows infer-L2
        gatewise bench --hidden 256 --batch 64 --window 64 --mode train --json
        gatewise bench --rule rtrl --layers 1 --hidden 64 --batch 1 --window 16

      If no shape is given, a grid of rows is measured; --list prints it. Each round times the work and then \
      cblas_sgemm 2048x2048x2048 with the same number of threads. The result is the median of the rounds' ratios, with \
      quartiles and the share of CPU time stolen by the host of a virtual machine. If more than 5 % is stolen, the row \
      is measured again, up to three times in total. GF/s counts 8H(I + H) operations per layer and unpadded time \
      step, three times that for training: forward and backward pass with the loss sum y * dy, without the gradient of \
      x and without an optimizer. With --rule rtrl it counts only the products of the derivatives: 16H^3(I + H + 1) \
      per layer and step, and twice that in each higher layer for the weights of a lower one. If OpenBLAS uses kernels \
      for an older processor (gatewise info), no ratio to its product is printed, and a message says what to set.

      With --turns a script can alternate this program with others. A line of JSON reports that the work is ready and \
      by how many bytes its first run raised the peak memory above model and data (memoryGrowth). Each line on \
      standard input then runs one round and prints seconds per run, gflops and sgemmGflops. The command ends at the \
      end of the input.
      """)

  @Option(help: ArgumentHelp("Number of layers (default: 2).", valueName: "n"))
  var layers: Int?

  @Option(help: ArgumentHelp("Number of inputs (default: the number of hidden units).", valueName: "i"))
  var inputSize: Int?

  @Option(help: ArgumentHelp("Hidden units of each layer (default: 256).", valueName: "h"))
  var hidden: Int?

  @Flag(help: "Make every layer bidirectional.")
  var bidirectional = false

  @Option(help: ArgumentHelp("Project the hidden state of every layer to this number of outputs.", valueName: "p"))
  var projection: Int?

  @Option(help: ArgumentHelp("Number of sequences (default: 64; 1 for --mode step).", valueName: "n"))
  var batch: Int?

  @Option(help: ArgumentHelp("Number of time steps (default: 64).", valueName: "t"))
  var window: Int?

  @Option(
    help: ArgumentHelp(
      "What to time: forward and backward pass (train, the default), forward pass (infer), or one step of a streaming "
        + "session (step).", valueName: "mode"))
  var mode: BenchShape.Mode?

  @Option(help: ArgumentHelp("Data type (default: float32).", valueName: "dtype"))
  var dtype: DataType?

  @Option(
    help: ArgumentHelp(
      "Shortest sequence: lengths are drawn from this number of steps to --window (default: all are --window long).",
      valueName: "t"))
  var shortest: Int?

  @Option(help: ArgumentHelp("Measure only the rows of the grid whose names contain this text.", valueName: "text"))
  var rows: String?

  @Option(
    help: ArgumentHelp("Number of rounds; 15, the default, or more give a reliable result.", valueName: "n"))
  var rounds: Int?

  @Flag(help: "Print one JSON object per line instead of a table.")
  var json = false

  @Flag(help: "Print the names of the rows without measuring; with --json, their full definitions.")
  var list = false

  @Flag(help: "Measure one round of one row for each line on standard input, and print it as JSON.")
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
      throw ValidationError("\(option) must be from 1 to 100,000,000, but is \(size ?? 0).")
    }
    if let layers, layers > 1000 { throw ValidationError("--layers must be at most 1000, but is \(layers).") }
    if mode == .step, bidirectional {
      throw ValidationError(
        "--mode step streams, which a bidirectional model cannot; leave out --bidirectional.")
    }
    if mode == .step, window ?? shortest != nil {
      throw ValidationError("--mode step runs a single step; leave out --window and --shortest.")
    }
    if weights.storage != .full, mode == nil || mode == .train {
      throw ValidationError("--weights \(weights.storage.rawValue) is for inference; add --mode infer or --mode step.")
    }
    if rule.rule != .bptt, mode ?? .train != .train {
      throw ValidationError("--rule \(rule.rule.rawValue) is for training; leave out --mode \(mode!.rawValue).")
    }
    if rule.rule == .rtrl, hidden == nil {
      throw ValidationError(
        "--rule rtrl takes time proportional to the fourth power of the hidden size; give --hidden, for example 64.")
    }
    if let shortest, shortest > window ?? 64 {
      throw ValidationError("--shortest must be at most --window (\(window ?? 64)), but is \(shortest).")
    }
    if let rows, isShapeGiven {
      throw ValidationError("--rows \(rows) selects rows of the grid; leave out the shape, or --rows.")
    }
    if let rows, shapes.isEmpty {
      throw ValidationError("No row's name contains --rows \(rows); gatewise bench --list prints the names.")
    }
    if turns, list || rounds != nil {
      throw ValidationError("--turns runs one round per line of standard input; leave out --rounds and --list.")
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
        "The OpenBLAS product that rows are compared with needs more address space on \(execution.team.threads) "
          + "threads than the limit (ulimit -v) leaves; raise the limit, or give fewer --threads.")
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

  /// The row given by the options, or the rows of the grid.
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

  /// Returns a line of the table, without the ratio to SGEMM if OpenBLAS uses kernels for an older processor: the ratio
  /// would be meaningless.
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
