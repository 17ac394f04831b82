import ArgumentParser
import Gatewise
import GatewiseRuns

/// The model that `train` makes or goes on from.
struct TrainModelOptions: ParsableArguments {
  @OptionGroup var layers: LayerOptions

  @OptionGroup var cell: CellOptions

  @OptionGroup var regularization: RegularizationOptions

  @Flag(help: "Learn the state before the first step, which is zero otherwise.")
  var learnInitialState = false

  @Option(help: "How the weights of a new model are drawn; uniform (PyTorch's) where not given.")
  var initialization: Initialization.Distribution?

  @Option(help: ArgumentHelp("The forget gates' biases in a new model; 1 where not given.", valueName: "x"))
  var forgetBias: Double?

  @Option(help: "The number type; float32 where not given, or the type of the model of --from.")
  var dtype: DataType?

  @Option(
    help: ArgumentHelp("Go on from this model, which says what columns or characters it reads.", valueName: "model"))
  var from: String?

  func validate() throws {
    if let forgetBias, !forgetBias.isFinite {
      throw ValidationError("--forget-bias \(forgetBias) is not a finite number.")
    }
    if forgetBias != nil, !cell.hasForgetBias {
      throw ValidationError("--forget-bias is about forget gates with a bias, but this cell has none; leave it out.")
    }
  }

  /// Checks that nothing is said about a model that is already made.
  func checkAgreement() throws {
    let given =
      (layers.given + cell.given + regularization.given).map { ($0, true) } + [
        ("--learn-initial-state", learnInitialState), ("--initialization", initialization != nil),
        ("--forget-bias", forgetBias != nil),
      ]
    guard let (flag, _) = given.first(where: \.1) else { return }
    throw ValidationError("\(flag) is about a new model, but --from goes on from one that is made; leave it out.")
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
