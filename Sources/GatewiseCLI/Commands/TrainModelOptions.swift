import ArgumentParser
import Gatewise
import GatewiseRuns

/// The options of `train` for the model that is created or trained further.
struct TrainModelOptions: ParsableArguments {
  @OptionGroup var layers: LayerOptions

  @OptionGroup var cell: CellOptions

  @OptionGroup var regularization: RegularizationOptions

  @Flag(help: "Learn the initial state, which is zero otherwise.")
  var learnInitialState = false

  @Option(help: "The distribution of the initial weights (default: uniform, as in PyTorch).")
  var initialization: Initialization.Distribution?

  @Option(help: ArgumentHelp("The initial biases of the forget gates (default: 1).", valueName: "x"))
  var forgetBias: Double?

  @Option(help: "The data type (default: float32, or the data type of the model of --from).")
  var dtype: DataType?

  @Option(
    help: ArgumentHelp(
      "Start from this model, which also determines the columns or characters that are read.", valueName: "model"))
  var from: String?

  func validate() throws {
    if let forgetBias, !forgetBias.isFinite {
      throw ValidationError("--forget-bias must be a finite number, but is \(forgetBias).")
    }
    if forgetBias != nil, !cell.hasForgetBias {
      throw ValidationError("--forget-bias needs forget gates with a bias, but this cell has none; leave it out.")
    }
  }

  /// Checks that no option for a new model is given together with `--from`.
  func checkAgreement() throws {
    let given =
      (layers.given + cell.given + regularization.given).map { ($0, true) } + [
        ("--learn-initial-state", learnInitialState), ("--initialization", initialization != nil),
        ("--forget-bias", forgetBias != nil),
      ]
    guard let (flag, _) = given.first(where: \.1) else { return }
    throw ValidationError("\(flag) is for a new model, but --from starts from an existing one; leave it out.")
  }

  func set(_ options: inout TrainingOptions) {
    let (layers, cell, learnInitialState) = (layers, cell, learnInitialState)
    let regularization = regularization.regularization
    options.change = { configuration in
      let usual = configuration.hiddenSizes
      layers.set(&configuration, hidden: usual[0], layers: usual.count)
      cell.set(&configuration)
      configuration.regularization = regularization
      configuration.learnsInitialState = learnInitialState
    }
    options.initialization = Initialization(initialization ?? .uniform, forgetBias: forgetBias ?? 1)
  }
}

extension Initialization.Distribution: ExpressibleByArgument {}
