import ArgumentParser
import Gatewise

/// What is left out or held back at random in training.
struct RegularizationOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Dropout of what every layer but the lowest reads, step by step.", valueName: "p"))
  var dropout: Double?

  @Option(
    help: ArgumentHelp("Dropout of what every layer reads, the same units at all steps.", valueName: "p"))
  var inputDropout: Double?

  @Option(
    help: ArgumentHelp("Dropout of the outputs that a step reads of the last, the same at all steps.", valueName: "p"))
  var recurrentDropout: Double?

  @Option(help: ArgumentHelp("Dropout of recurrent weights, the same for a batch: DropConnect.", valueName: "p"))
  var weightDropout: Double?

  @Option(help: ArgumentHelp("The rate at which cells keep the state of the step before.", valueName: "p"))
  var zoneoutCell: Double?

  @Option(help: ArgumentHelp("The rate at which outputs keep the value of the step before.", valueName: "p"))
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
