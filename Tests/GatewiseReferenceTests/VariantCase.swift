import GatewiseReference
import Testing

/// A shape that `torch.nn.LSTM` does not have, of one of the files `variant-…`, whose metadata describe the same shape.
struct VariantCase: Sendable, CustomTestStringConvertible {
  let name: String
  let shape: ReferenceShape

  var testDescription: String { name }

  private init(_ name: String, _ shape: ReferenceShape) {
    self.name = name
    self.shape = shape
  }

  private static let hard = ReferenceCell.Squash.hardSigmoid(alpha: 0.2, beta: 0.5)

  static let all = [
    VariantCase(
      "norm-gates", ReferenceShape(inputSize: 3, hiddenSizes: [4, 4], peepholes: true, layerNormalization: .gates)),
    VariantCase(
      "norm-gates-blocks",
      ReferenceShape(
        inputSize: 3, hiddenSizes: [6],
        cell: ReferenceCell(cellsPerBlock: 2, gating: .keepForget, gateRecurrence: true),
        peepholes: true, layerNormalization: .gates)),
    VariantCase(
      "norm-products",
      ReferenceShape(
        inputSize: 3, hiddenSizes: [4, 4], peepholes: true, projectionSize: 3, layerNormalization: .productsAndCell)),
    VariantCase(
      "norm-products-feedback",
      ReferenceShape(
        inputSize: 3, hiddenSizes: [4], cell: ReferenceCell(gateRecurrence: true), bidirectional: true,
        layerNormalization: .productsAndCell)),
    VariantCase("zoneout", ReferenceShape(inputSize: 3, hiddenSizes: [4, 4], peepholes: true, projectionSize: 3)),
    VariantCase("dropout", ReferenceShape(inputSize: 3, hiddenSizes: [3, 3], bidirectional: true)),
    VariantCase(
      "clips",
      ReferenceShape(
        inputSize: 3, hiddenSizes: [4, 4], cell: ReferenceCell(preActivationClip: 0.6, cellClip: 0.8), peepholes: true,
        projectionSize: 3, projectionClip: 0.4)),
    VariantCase("residual", ReferenceShape(inputSize: 3, hiddenSizes: [3, 3, 3], bidirectional: true, residual: true)),
    VariantCase(
      "embedding", ReferenceShape(inputSize: 6, hiddenSizes: [4], outputSize: 4, seesInput: true, embeddingSize: 3)),
    VariantCase(
      "last-step",
      ReferenceShape(inputSize: 3, hiddenSizes: [4], outputSize: 2, readsLastStepOnly: true, bidirectional: true)),
    VariantCase(
      "cifg-keep-input",
      ReferenceShape(
        inputSize: 3, hiddenSizes: [4, 4],
        cell: ReferenceCell(
          gating: .keepInput, inputSquash: .softsign, outputSquash: .elu(alpha: 0.7), gateSquash: hard), peepholes: true
      )
    ),
    VariantCase(
      "cifg-keep-forget",
      ReferenceShape(
        inputSize: 3, hiddenSizes: [4, 4],
        cell: ReferenceCell(
          gating: .keepForget, inputSquash: .leakyReLU(alpha: 0.1), outputSquash: .scaledTanh(alpha: 1.7, beta: 0.6),
          gateSquash: hard), peepholes: true)),
    VariantCase(
      "squashes",
      ReferenceShape(
        inputSize: 3, hiddenSizes: [4, 4],
        cell: ReferenceCell(
          gating: .inputOnly, inputSquash: .softplus, outputSquash: .thresholdedReLU(alpha: 0.1),
          gateSquash: .affine(alpha: 0.5, beta: 0.1)))),
    VariantCase(
      "everything",
      ReferenceShape(
        inputSize: 3, hiddenSizes: [6, 6],
        cell: ReferenceCell(cellsPerBlock: 2, gateRecurrence: true, preActivationClip: 1.2, cellClip: 0.9),
        peepholes: true, outputSize: 2, seesInput: true, bidirectional: true, projectionSize: 2, projectionClip: 0.6,
        layerNormalization: .gates, residual: true, embeddingSize: 3)),
  ]
}

extension VariantCase {
  /// The values in the file.
  func problem() throws -> ReferenceProblem {
    try PyTorchFixture("variant-\(name)-f64").problem(shape, addingBiases: false)
  }
}
