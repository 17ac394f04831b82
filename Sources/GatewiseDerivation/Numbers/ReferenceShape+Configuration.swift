import Gatewise
import GatewiseReference

// Converts the engine's types to those of the reference, which does not know the engine.

extension ReferenceShape {
  /// The shape of a model of a configuration, optionally with another cell or a given state.
  package init(
    _ configuration: LSTMConfiguration, cell: ReferenceCell? = nil, learnsInitialState: Bool? = nil
  ) {
    let (biases, projection) = (configuration.biases, configuration.projection)
    self.init(
      inputSize: configuration.inputSize, hiddenSizes: configuration.hiddenSizes,
      cell: cell ?? ReferenceCell(configuration.cell), peepholes: configuration.peepholes,
      biases: ReferenceBiases(gates: biases.gates, cells: biases.cells, outputs: biases.outputs),
      learnsInitialState: learnsInitialState ?? configuration.learnsInitialState,
      outputSize: configuration.readout?.outputSize, readsLastStepOnly: configuration.readsLastStepOnly,
      seesInput: configuration.readout?.seesInput ?? false, bidirectional: configuration.isBidirectional,
      projectionSize: projection?.size, projectionClip: projection?.clip,
      layerNormalization: configuration.normalization.map {
        switch $0 {
        case .gates: .gates
        case .productsAndCell: .productsAndCell
        }
      },
      residual: configuration.isResidual, embeddingSize: configuration.embeddingSize)
  }
}

extension ReferenceCell {
  /// The same cell.
  package init(_ cell: MemoryCell) {
    let gating: Gating =
      switch cell.gating {
      case .inputAndForget: .inputAndForget
      case .inputOnly: .inputOnly
      case .keepInput: .keepInput
      case .keepForget: .keepForget
      }
    self.init(
      cellsPerBlock: cell.cellsPerBlock, gating: gating, inputSquash: Squash(cell.inputActivation),
      outputSquash: Squash(cell.outputActivation), gateRecurrence: cell.gateRecurrence,
      gateSquash: Squash(cell.gateActivation), preActivationClip: cell.preActivationClip, cellClip: cell.cellClip)
  }
}

extension ReferenceCell.Squash {
  /// The same function.
  package init(_ activation: Activation) {
    self =
      switch activation {
      case .tanh: .tanh
      case .identity: .identity
      case .logistic: .logistic
      case .centeredLogistic: .centeredLogistic
      case .doubledLogistic: .doubledLogistic
      case .relu: .relu
      case .softsign: .softsign
      case .softplus: .softplus
      case .affine(let alpha, let beta): .affine(alpha: alpha, beta: beta)
      case .leakyReLU(let alpha): .leakyReLU(alpha: alpha)
      case .thresholdedReLU(let alpha): .thresholdedReLU(alpha: alpha)
      case .scaledTanh(let alpha, let beta): .scaledTanh(alpha: alpha, beta: beta)
      case .hardSigmoid(let alpha, let beta): .hardSigmoid(alpha: alpha, beta: beta)
      case .elu(let alpha): .elu(alpha: alpha)
      }
  }
}
