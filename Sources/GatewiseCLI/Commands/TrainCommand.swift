import ArgumentParser
import Gatewise
import GatewiseRuns
import Logging

/// The command `gatewise train`.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains an LSTM on text, on a table to forecast, on sequences to classify, or on a task from a paper.",
    discussion: """
      Examples:
        gatewise train --text book.txt --hidden 128 --steps 2000 --out runs/book
        gatewise train --csv airline-passengers.csv --target passengers \\
          --horizon 1 --out runs/airline
        gatewise train --csv gestures.csv --sequence recording \\
          --label gesture --out runs/gestures
        gatewise train --task continual-reber --seed 1 --out runs/reber
        gatewise train --text book.txt --out runs/book \\
          --from runs/book/model.safetensors

      Options that are not given are chosen to suit the data: for text 2 layers of 128 units, 32 streams, windows of \
      64 and ten passes; for tables 1 layer of 32 units, 16 sequences, windows of 24 rows and fifty passes; fewer if \
      there is little data, and from 400 to 4000 updates. The end of a text or table, or some sequences of each class, \
      are held out for validation.

      The folder --out contains model.safetensors (with the vocabulary or standardization in its metadata), \
      checkpoints of the whole run, run.yaml with all options, log.jsonl with norms and saturation by layer and gate, \
      loss.svg, and log.csv with the columns step, training loss (the mean since the previous row), validation loss, \
      gradient norm before clipping, learning rate, and seconds spent on updates. Each file is written atomically.

      On Ctrl-C, SIGTERM and the closing of the terminal (SIGHUP) the run saves its state and exits with status 0. The \
      same command with --resume continues from the last checkpoint, also after a crash, and its results are \
      bit-identical to those of an uninterrupted run. For a run that has ended, it writes missing files and exits with \
      status 0. Two runs cannot use one folder at the same time. --from starts a new run from a model, with a new \
      optimizer and updates counted from 0. The same command with --find-learning-rate suggests a learning rate \
      without training. On a terminal, progress is shown as a bar, otherwise as a line every ten seconds and at each \
      validation.

      --task continual-reber is the task of Gers, Schmidhuber & Cummins 2000: predict an endless sequence of a \
      grammar's symbols, with an update by the truncated gradient after each symbol, in streams that end at their \
      first error. The command keeps the network with the best test result, evaluates it on new streams, and writes \
      model.safetensors and log.csv.
      """)

  @OptionGroup(title: "Data") var data: TrainDataOptions
  @OptionGroup(title: "Model") var model: TrainModelOptions
  @OptionGroup(title: "Updates") var updates: TrainUpdateOptions
  @OptionGroup(title: "Run") var pace: TrainRunOptions
  @OptionGroup(title: "Paper's task") var task: TrainTaskOptions
  @OptionGroup(title: "Machine") var threads: ThreadsOption
  @OptionGroup(title: "Machine") var memory: MemoryOption

  @Option(help: ArgumentHelp("The folder for the results; created if it does not exist.", valueName: "folder"))
  var out: String

  func validate() throws {
    if data.task != nil { try Processes.requireOne(for: "--task") }
    if pace.findLearningRate { try Processes.requireOne(for: "--find-learning-rate") }
    if let name = data.task { return try task.check(name, arguments: CommandLine.arguments) }
    try task.checkAbsence()
    try pace.checkSearch(arguments: CommandLine.arguments)
    if model.from != nil { try model.checkAgreement() }
    if model.from == nil { try data.checkKindIsSaid() }
  }

  func run() throws {
    let start = try model.from.map { try StartingModel(path: $0) }
    let execution = try threads.execution(usual: Processes.usualThreads)
    var folder = try OutputFolder(path: out)
    try StandardOutput.requireOpen()
    if let name = data.task {
      let options = task.options(seed: pace.seed, learningRate: updates.learningRate)
      switch model.dtype ?? .float32 {
      case .float32: try task.run(Float.self, try name.task, options, folder, execution)
      case .float64: try task.run(Double.self, try name.task, options, folder, execution)
      }
      return
    }
    // Join before reading the data, which may take one process longer than another.
    let group = try Processes.join(timeout: pace.rankTimeout)
    // Lock first: a concurrent run is reported at once, and a run killed while reading is known to have started.
    if Processes.rank == 0, !pace.findLearningRate { folder = try folder.locked() }
    let data = try self.data.read(startingFrom: start, pace: pace)
    switch model.dtype ?? start?.file.dataType ?? .float32 {
    case .float32: try train(Float.self, on: data, startingFrom: start, folder, execution, group)
    case .float64: try train(Double.self, on: data, startingFrom: start, folder, execution, group)
    }
  }

  private func train<S: Scalar>(
    _: S.Type, on data: RunData, startingFrom start: StartingModel?, _ folder: OutputFolder, _ execution: Execution,
    _ group: (any RunGroup)?
  ) throws {
    let plan = try TrainingPlan(
      options(), for: data, startingFrom: start?.file.configuration, dataType: S.dataType)
    if pace.findLearningRate {
      let finder = LearningRateFinder<S>(data, plan: plan, startingFrom: start, execution: execution)
      for line in try finder.sweep().sentences(unit: data.lossUnit) { try StandardOutput.print(line) }
      return
    }
    var writer = Processes.writer
    let run = try TrainingRun<S>(
      data, plan: plan, startingFrom: start, folder: folder, execution: execution, resumes: pace.resume, group: group,
      logger: .lines(of: writer))
    StopSignals.catchAll()
    let introduction = plan.sentences(for: data, parameterCount: run.parameterCount)
    for line in self.data.notes(on: data) + introduction { writer.message(line) }
    if let group {
      writer.message(
        "Processes: \(group.count), with "
          + "\(execution.team.threads == 1 ? "1 thread" : "\(execution.team.threads) threads") each."
      )
    }
    if run.hadEnded {
      writer.message(
        "The run has already ended, at update \(run.firstStep): only missing files are written.")
    } else if run.firstStep > 0 {
      writer.message("Resuming from update \(run.firstStep).")
    } else if pace.resume {
      writer.message("No checkpoint was found: starting with the first update.")
    }
    try Processes.watch(run.lost)
    let settings = runFile(plan, data: data, startingFrom: start, S.self)
    try run.prepare(runFile: settings)
    let outcome = try run.run(writer: &writer) { StopSignals.hasArrived }
    if outcome.end == .stopped {
      writer.message(
        "Stopped after update \(outcome.steps) of \(plan.steps); the run is saved. To resume: \(goOnCommand)")
    } else {
      let threads = group == nil && !run.hadEnded ? execution.team.threads : nil
      for line in outcome.sentences(threads: threads) { writer.message(line) }
    }
    if pace.html { try run.report(settings: settings, sentences: outcome.sentences(threads: nil)) }
    let page = pace.html ? ", \(folder.report)" : ""
    writer.message("Wrote \(folder.model), \(folder.curve), \(folder.log)\(page) and \(folder.checkpoints).")
    memory.report()
    Processes.leave()
    try StandardOutput.checkProgress(writer.failure)
  }

  private func options() -> TrainingOptions {
    var options = TrainingOptions()
    model.set(&options)
    updates.set(&options)
    pace.set(&options)
    return options
  }

  /// The command that resumes this run from its last checkpoint.
  private var goOnCommand: String {
    let arguments = ((try? GatewiseCommand.arguments.get()) ?? []).filter { $0 != "--resume" } + ["--resume"]
    let launcher = Processes.count > 1 ? ["mpirun", "-n", "\(Processes.count)"] : []
    return (launcher + ["gatewise"] + arguments).map(Self.quoted).joined(separator: " ")
  }

  /// Returns an argument quoted for a shell.
  private static func quoted(_ argument: String) -> String {
    let isPlain = argument.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./,:=+".contains($0)) }
    return isPlain && !argument.isEmpty ? argument : "'" + argument.replacing("'", with: "'\\''") + "'"
  }
}
