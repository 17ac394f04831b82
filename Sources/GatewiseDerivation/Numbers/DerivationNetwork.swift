import Gatewise
import GatewiseReference

/// A small random network on which the formulas of a derivation are evaluated: one sequence of T steps, a nonzero
/// initial state, and a loss E = Σ_t Σ_k y_k(t)·dy_k(t).
public struct DerivationNetwork: Sendable {
  /// The network.
  public let model: LSTM<Double>
  /// x `[T, 1, I]`
  public let input: Tensor<Double>
  /// The initial y and c, `[1, H]` per layer.
  public let initialState: LSTMState<Double>
  /// dy `[T, 1, H]` of the highest layer.
  public let outputGradient: Tensor<Double>

  /// T
  public var steps: Int { input.shape[0] }
  /// Sizes and options.
  public var configuration: LSTMConfiguration { model.configuration }

  /// The largest sizes whose derivation is readable; larger ones have the same lines.
  static let limits = (layers: 8, units: 16, inputs: 16, steps: 16)

  /// Draws a random network.
  ///
  /// - Parameters:
  ///   - inputSize: I.
  ///   - hiddenSizes: H of every layer, the lowest first.
  ///   - peepholes: Whether the gates have peephole connections.
  ///   - steps: T.
  ///   - seed: The same seed gives the same numbers on every machine.
  /// - Throws: `GatewiseError.invalidArgument` if a size is below 1 or above the limit of a derivation.
  public init(inputSize: Int = 2, hiddenSizes: [Int], peepholes: Bool = false, steps: Int = 3, seed: UInt64 = 1) throws
  {
    let configuration = LSTMConfiguration(inputSize: inputSize, hiddenSizes: hiddenSizes, peepholes: peepholes)
    for (name, size, limit) in [
      ("layers", hiddenSizes.count, Self.limits.layers),
      ("units in a layer", hiddenSizes.max() ?? 0, Self.limits.units),
      ("inputs", inputSize, Self.limits.inputs), ("steps", steps, Self.limits.steps),
    ] where !(1...limit).contains(size) {
      throw GatewiseError.invalidArgument(
        "A derivation has 1 to \(limit) \(name), but \(size) were requested; its lines are the same for every size.")
    }
    var stream = RandomStream(seed: seed, name: "derivation")
    func draw(_ count: Int) -> [Double] { (0..<count).map { _ in stream.normal() } }
    func draw(_ shape: [Int]) throws -> Tensor<Double> { try Tensor(shape: shape, elements: draw(shape.reduce(1, *))) }
    let layout = try LSTM<Double>(configuration, seed: seed).layout
    model = try LSTM(configuration, parameters: draw(layout.count).map { 0.7 * $0 })
    input = try draw([steps, 1, inputSize])
    initialState = LSTMState(
      hidden: try hiddenSizes.map { try draw([1, $0]) }, cell: try hiddenSizes.map { try draw([1, $0]) })
    outputGradient = try draw([steps, 1, configuration.topOutputSize])
  }

  /// The same for the scalar reference, with the network whose exact gradient a rule is.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for a rule without a reference network.
  func reference(_ rule: GradientRule) throws(GatewiseError) -> ReferenceProblem {
    var problem = ReferenceProblem(
      shape: ReferenceShape(
        inputSize: configuration.inputSize, hiddenSizes: configuration.hiddenSizes, peepholes: configuration.peepholes),
      steps: steps, batchSize: 1, parameters: model.parameters, input: input.elements,
      h0: initialState.hidden.map(\.elements), c0: initialState.cell.map(\.elements), dy: outputGradient.elements)
    problem.rule = try ReferenceRule(of: rule)
    return problem
  }

  /// Creates a network from given numbers.
  init(
    model: LSTM<Double>, input: Tensor<Double>, initialState: LSTMState<Double>, outputGradient: Tensor<Double>
  ) {
    (self.model, self.input, self.initialState, self.outputGradient) = (model, input, initialState, outputGradient)
  }

  /// The initial numbers of a derivation: the weights, the input, the initial state and the gradients of the loss, of
  /// all steps and of each block.
  func givenValues(blocks: [ErrorBlock] = []) -> Values {
    var values = Values(steps: steps, blocks: blocks)
    for t in 1...steps {
      values.set(.input, nil, step: t, input.row(t))
      values.set(.lossError, nil, step: t, outputGradient.row(t))
    }
    for block in blocks {
      for t in block.steps {
        let asked = outputGradient.row(t).map { block.errors.contains(t) ? $0 : 0 }
        values.set(.lossError, nil, step: t, asked[...], block: block.number)
      }
    }
    for l in configuration.hiddenSizes.indices {
      values.set(.output, l, step: 0, initialState.hidden[l].elements[...])
      values.set(.cell, l, step: 0, initialState.cell[l].elements[...])
      for weight in configuration.weights(ofLayer: l) {
        values[weight.quantity.place(Bindings())] = model.parameters[weight.offset(in: model.layout)]
      }
    }
    return values
  }
}

extension Values {
  /// Writes the numbers of all units of a layer at a step.
  mutating func set(
    _ kind: Quantity.Kind, _ layer: Int?, step: Int, _ row: ArraySlice<Double>, block: Int? = nil
  ) {
    for (k, number) in row.enumerated() { self[Place(kind, layer: layer, [k], step: step, block: block)] = number }
  }
}

extension Tensor<Double> {
  /// The row of step t, counted from 1, of a tensor `[T, 1, width]`.
  func row(_ t: Int) -> ArraySlice<Double> {
    let width = shape[shape.count - 1]
    return elements[(t - 1) * width..<t * width]
  }

  /// The steps from `first` to `last`, counted from 1, as a separate tensor.
  func steps(_ first: Int, _ last: Int) throws -> Tensor<Double> {
    let width = shape[shape.count - 1]
    return try Tensor(
      shape: [last - first + 1, 1, width], elements: Array(elements[(first - 1) * width..<last * width]))
  }
}
