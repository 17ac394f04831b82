import Gatewise
import GatewiseReference

// The engine's words in the reference's, which knows none of the engine's types.

extension ReferenceShape {
  /// The shape of a model of a configuration.
  init(_ configuration: LSTMConfiguration) {
    let biases = configuration.biases
    self.init(
      inputSize: configuration.inputSize, hiddenSizes: configuration.hiddenSizes,
      cell: ReferenceCell(configuration.cell), peepholes: configuration.peepholes,
      biases: ReferenceBiases(gates: biases.gates, cells: biases.cells, outputs: biases.outputs),
      learnsInitialState: configuration.learnsInitialState, outputSize: configuration.readout?.outputSize,
      readsLastStepOnly: configuration.readsLastStepOnly, seesInput: configuration.readout?.seesInput ?? false)
  }
}

extension ReferenceCell {
  fileprivate init(_ cell: MemoryCell) {
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
  fileprivate init(_ activation: Activation) {
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
