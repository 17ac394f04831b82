import ArgumentParser
import Gatewise

/// The options for the memory blocks of a new model, its biases, and the inputs of its readout.
struct CellOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The LSTM variant: that of current libraries; those of the papers of 1997, 2000 and 2002; or coupled input and "
        + "forget gates, f = 1 - i or i = 1 - f. The options below change parts of it."))
  var cell = CellName.vanilla

  @Option(help: ArgumentHelp("Number of cells in a memory block, which share its gates (default: 1).", valueName: "s"))
  var cellsPerBlock: Int?

  @Option(help: ArgumentHelp("The activation function f of the gates (default: logistic).", valueName: "function"))
  var gateActivation: Activation?

  @Option(
    help: ArgumentHelp(
      "The activation function g of the cell input: \(Activation.allCases.map(\.description).joined(separator: ", ")).",
      valueName: "function"))
  var inputActivation: Activation?

  @Option(help: ArgumentHelp("The activation function h of the cell state at the output.", valueName: "function"))
  var outputActivation: Activation?

  @Flag(inversion: .prefixedNo, help: "Feed the gate activations of each step to the gates and cells of the next step.")
  var gateRecurrence: Bool?

  @Option(help: ArgumentHelp("Clip the input of every activation function to [-x, x].", valueName: "x"))
  var preActivationClip: Double?

  @Option(help: ArgumentHelp("Clip the cell state to [-x, x].", valueName: "x"))
  var cellClip: Double?

  @Option(
    help: ArgumentHelp(
      "Units without bias: gates, cells, outputs, separated by commas.", valueName: "units"))
  var withoutBias: UnitList?

  @Flag(help: "Connect the input of each step directly to the outputs.")
  var shortcut = false

  /// Whether any of these was given.
  var isGiven: Bool { !given.isEmpty }

  /// The flags that were given.
  var given: [String] {
    [
      ("--cell", cell != .vanilla), ("--cells-per-block", cellsPerBlock != nil),
      ("--gate-activation", gateActivation != nil), ("--pre-activation-clip", preActivationClip != nil),
      ("--cell-clip", cellClip != nil), ("--input-activation", inputActivation != nil),
      ("--output-activation", outputActivation != nil),
      ("--gate-recurrence", gateRecurrence != nil), ("--without-bias", withoutBias != nil), ("--shortcut", shortcut),
    ].filter(\.1).map(\.0)
  }

  func validate() throws {
    try require("--cells-per-block", cellsPerBlock, "at least 1") { $0 >= 1 }
    try require("--pre-activation-clip", preActivationClip, "above 0") { $0 > 0 }
    try require("--cell-clip", cellClip, "above 0") { $0 > 0 }
    if let withoutBias, withoutBias.kinds == nil {
      throw ValidationError(
        "--without-bias must be a list of gates, cells, outputs, separated by commas, but is \(withoutBias.text)."
      )
    }
  }

  /// The memory block that the options describe.
  var memoryCell: MemoryCell {
    var chosen = cell.memoryCell
    if let cellsPerBlock { chosen.cellsPerBlock = cellsPerBlock }
    if let gateActivation { chosen.gateActivation = gateActivation }
    if let inputActivation { chosen.inputActivation = inputActivation }
    if let outputActivation { chosen.outputActivation = outputActivation }
    if let gateRecurrence { chosen.gateRecurrence = gateRecurrence }
    chosen.preActivationClip = preActivationClip
    chosen.cellClip = cellClip
    return chosen
  }

  /// Sets the cells, the biases and the readout's shortcut of a configuration.
  func set(_ configuration: inout LSTMConfiguration) {
    configuration.cell = memoryCell
    configuration.biases = biases
    if hasPeepholes { configuration.peepholes = true }
    configuration.readout?.seesInput = shortcut
  }

  /// Whether the cell of `--cell` has peephole connections.
  var hasPeepholes: Bool { cell == .lstm2002 }

  /// Whether there are forget gates with a bias.
  var hasForgetBias: Bool {
    let gating = memoryCell.gating
    return biases.gates && (gating == .inputAndForget || gating == .keepForget)
  }

  /// The units that have a bias.
  var biases: Biases {
    let without = withoutBias?.kinds ?? []
    return Biases(
      gates: !without.contains("gates"), cells: !without.contains("cells"), outputs: !without.contains("outputs"))
  }
}

/// The values of `--cell`.
enum CellName: String, ExpressibleByArgument, CaseIterable {
  case vanilla
  case lstm1997 = "lstm-1997"
  case lstm2000 = "lstm-2000"
  case lstm2002 = "lstm-2002"
  case keepInput = "cifg-keep-input"
  case keepForget = "cifg-keep-forget"

  var memoryCell: MemoryCell {
    switch self {
    case .vanilla: .vanilla
    case .lstm1997: .lstm1997()
    case .lstm2000: .lstm2000()
    case .lstm2002: .lstm2002()
    case .keepInput: MemoryCell(gating: .keepInput)
    case .keepForget: MemoryCell(gating: .keepForget)
    }
  }
}

extension Activation: ExpressibleByArgument {
  /// Creates the activation function with the given name.
  public init?(argument: String) { self.init(argument) }
}

/// A list of kinds of units, separated by commas.
struct UnitList: ExpressibleByArgument, Sendable {
  /// The argument.
  let text: String
  /// The kinds; nil if one is unknown, which `CellOptions` reports.
  let kinds: Set<String>?

  init(argument: String) {
    text = argument
    let parts = Set(argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    kinds = parts.isSubset(of: ["gates", "cells", "outputs"]) ? parts : nil
  }
}
