import ArgumentParser
import Gatewise

/// The options for dropout and zoneout in training.
struct RegularizationOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Dropout of the inputs of layers above the lowest, a new mask each step.", valueName: "p"))
  var dropout: Double?

  @Option(
    help: ArgumentHelp("Dropout of the inputs of every layer, one mask for all steps.", valueName: "p"))
  var inputDropout: Double?

  @Option(
    help: ArgumentHelp("Dropout of the outputs of the previous step, one mask for all steps.", valueName: "p"))
  var recurrentDropout: Double?

  @Option(help: ArgumentHelp("DropConnect: dropout of the recurrent weights, one mask per batch.", valueName: "p"))
  var weightDropout: Double?

  @Option(help: ArgumentHelp("The rate at which cell states keep their previous value (zoneout).", valueName: "p"))
  var zoneoutCell: Double?

  @Option(help: ArgumentHelp("The rate at which hidden states keep their previous value (zoneout).", valueName: "p"))
  var zoneoutHidden: Double?

  private var all: [(flag: String, rate: Double?)] {
    [
      ("--dropout", dropout), ("--input-dropout", inputDropout), ("--recurrent-dropout", recurrentDropout),
      ("--weight-dropout", weightDropout), ("--zoneout-cell", zoneoutCell), ("--zoneout-hidden", zoneoutHidden),
    ]
  }

  /// The flags that were given.
  var given: [String] { all.filter { $0.rate != nil }.map(\.flag) }

  func validate() throws {
    for (flag, rate) in all { try require(flag, rate, "at least 0 and below 1") { $0 >= 0 && $0 < 1 } }
  }

  var regularization: Regularization {
    Regularization(
      betweenLayers: dropout ?? 0, inputs: inputDropout ?? 0, recurrent: recurrentDropout ?? 0,
      recurrentWeights: weightDropout ?? 0, zoneoutCell: zoneoutCell ?? 0, zoneoutHidden: zoneoutHidden ?? 0)
  }
}
