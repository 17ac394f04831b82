import GatewiseReference

@testable import Gatewise

extension ReferenceShape {
  /// The oracle's shape for a model, of another cell or with a given state where that is said.
  init(_ configuration: LSTMConfiguration, cell: ReferenceCell? = nil, learnsInitialState: Bool? = nil) {
    let readout = configuration.readout
    self.init(
      inputSize: configuration.inputSize, hiddenSizes: configuration.hiddenSizes,
      cell: cell ?? ReferenceCell(configuration.cell), peepholes: configuration.peepholes,
      biases: ReferenceBiases(
        gates: configuration.biases.gates, cells: configuration.biases.cells, outputs: configuration.biases.outputs),
      learnsInitialState: learnsInitialState ?? configuration.learnsInitialState, outputSize: readout?.outputSize,
      readsLastStepOnly: configuration.readsLastStepOnly, seesInput: readout?.seesInput ?? false)
  }
}

extension ReferenceCell {
  /// The same cell for the oracle.
  init(_ cell: MemoryCell) {
    let gating: Gating =
      switch cell.gating {
      case .inputAndForget: .inputAndForget
      case .inputOnly: .inputOnly
      case .keepInput: .keepInput
      case .keepForget: .keepForget
      }
    self.init(
      cellsPerBlock: cell.cellsPerBlock, gating: gating, inputSquash: Squash(cell.inputActivation),
      outputSquash: Squash(cell.outputActivation), gateRecurrence: cell.gateRecurrence)
  }
}

extension ReferenceCell.Squash {
  /// The same function for the oracle.
  init(_ activation: Activation) {
    self =
      switch activation {
      case .tanh: .tanh
      case .identity: .identity
      case .logistic: .logistic
      case .centeredLogistic: .centeredLogistic
      case .doubledLogistic: .doubledLogistic
      case .relu: .relu
      case .softsign: .softsign
      default: preconditionFailure("no such function in the reference")
      }
  }
}
