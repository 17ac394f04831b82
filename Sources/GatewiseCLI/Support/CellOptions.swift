import ArgumentParser
import Gatewise

/// What the memory blocks of a new model are made of, which units have a bias, and what its outputs see.
struct CellOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The member of the LSTM family: that of current libraries; those of the papers of 1997, 2000 and 2002; or one gate "
        + "for input and forgetting, f = 1 - i or i = 1 - f. The options below change parts of it."))
  var cell = CellName.vanilla

  @Option(help: ArgumentHelp("Cells of a memory block, which share its gates (default: 1).", valueName: "s"))
  var cellsPerBlock: Int?

  @Option(help: ArgumentHelp("The function that bends the gates, f (default: logistic).", valueName: "function"))
  var gateActivation: Activation?

  @Option(
    help: ArgumentHelp(
      "The function that bends a cell's input, g: \(Activation.allCases.map(\.description).joined(separator: ", ")).",
      valueName: "function"))
  var inputActivation: Activation?

  @Option(help: ArgumentHelp("The function that bends a cell's state on its way out, h.", valueName: "function"))
  var outputActivation: Activation?

  @Flag(inversion: .prefixedNo, help: "Let the gates' activations of a step be inputs of the next.")
  var gateRecurrence: Bool?

  @Option(help: ArgumentHelp("The most that goes into any activation, either way.", valueName: "x"))
  var preActivationClip: Double?

  @Option(help: ArgumentHelp("The most that a cell state may be, either way.", valueName: "x"))
  var cellClip: Double?

  @Option(
    help: ArgumentHelp(
      "Units that have no bias: gates, cells, outputs, with commas between them.", valueName: "units"))
  var withoutBias: UnitList?

  @Flag(help: "Let the outputs see the input of their step, too.")
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
        "--without-bias \(withoutBias.text) names no units; give some of gates, cells, outputs, with commas between them."
      )
    }
  }

  /// The memory block that was asked for.
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

  /// Makes the cells of a configuration what was asked for, and what its readout sees.
  func set(_ configuration: inout LSTMConfiguration) {
    configuration.cell = memoryCell
    configuration.biases = biases
    if hasPeepholes { configuration.peepholes = true }
    configuration.readout?.seesInput = shortcut
  }

  /// Whether the cell that was named comes with peepholes.
  var hasPeepholes: Bool { cell == .lstm2002 }

  /// Whether there are forget gates, and they have a bias.
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
  /// The function that a text names.
  public init?(argument: String) { self.init(argument) }
}

/// Kinds of units with commas between them.
struct UnitList: ExpressibleByArgument, Sendable {
  /// What was said.
  let text: String
  /// The kinds; nil where one is unknown, which `CellOptions` answers in a sentence of its own.
  let kinds: Set<String>?

  init(argument: String) {
    text = argument
    let parts = Set(argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    kinds = parts.isSubset(of: ["gates", "cells", "outputs"]) ? parts : nil
  }
}
