import Gatewise

/// The engine's numbers for one block of truncated BPTT; the engine itself keeps only the sum over the blocks.
///
/// The block's contribution comes from the rule itself, on the steps up to the block's end with the errors of all other
/// blocks zero. The intermediate errors come from full BPTT over the block's own steps, from the recorded state.
struct BlockNumbers: Sendable {
  private let block: ErrorBlock
  /// The numbers of the block's steps, which are counted from 1.
  private let window: EngineNumbers
  /// The rule's contribution to the gradient.
  private let gradient: [Double]
  /// The errors that the rule sends beyond the block; they would arrive at the initial state.
  private let beyond: LSTMState<Double>

  init(
    of block: ErrorBlock, in network: DerivationNetwork, _ rule: GradientRule,
    startingFrom recorded: LSTMState<Double>
  ) throws {
    self.block = block
    let end = block.steps.upperBound
    var asked = try network.outputGradient.steps(1, end)
    let width = asked.shape[2]
    for index in 0..<(block.errors.lowerBound - 1) * width { asked.elements[index] = 0 }
    let found = try network.model.gradients(
      of: network.input.steps(1, end), initialState: network.initialState, outputGradient: asked, rule: rule)
    (gradient, beyond) = (found.parameters, found.initialState)
    let first = block.steps.lowerBound
    window = try EngineNumbers(
      of: DerivationNetwork(
        model: network.model, input: network.input.steps(first, end), initialState: recorded,
        outputGradient: asked.steps(first, end)), rule: .bptt())
  }

  /// The engine's number for a place of the block.
  func number(at place: Place, of weight: Weight) -> Double? {
    switch (place.kind, place.step) {
    case (.gradient, _): return gradient[weight.offset(in: window.network.model.layout)]
    case (.outputError, block.stepBefore): return beyond.hidden[place.layer!].elements[place.indices[0]]
    case (.cellError, block.stepBefore): return beyond.cell[place.layer!].elements[place.indices[0]]
    case (_, let step):
      let place = Place(
        place.kind, layer: place.layer, place.indices, step: step.map { $0 - block.stepBefore })
      return window.number(at: place, of: weight)
    }
  }
}
