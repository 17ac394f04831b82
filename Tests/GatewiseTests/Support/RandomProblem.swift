import GatewiseDerivation
import GatewiseReference

@testable import Gatewise

/// A model with data drawn from a seed, for the engine and for the oracle alike.
///
/// What stands on padding, of the input and of dy, is NaN. Parameters lie in ±0.7, everything else in ±1.
struct RandomProblem: Sendable {
  var configuration: LSTMConfiguration
  var steps: Int
  var batchSize: Int
  var lengths: [Int]?
  /// Input by index instead of dense.
  var isToken = false
  /// A given initial state; otherwise the model's own.
  var isStateGiven = true
  var scale = 0.7
  /// The seed of what is left out; nil leaves nothing out.
  var dropping: UInt64?
  var seed: UInt64 = 1

  /// The problem in numbers.
  func make() throws -> Drawn {
    var random = RandomStream(seed: seed)
    func numbers(_ count: Int, within bound: Double = 1) -> [Double] {
      (0..<count).map { _ in random.uniform(in: -bound...bound) }
    }
    let (T, N, I) = (steps, batchSize, configuration.inputSize)
    func tensors(_ widths: [Int]) throws -> [Tensor<Double>] {
      try widths.map { try Tensor(shape: [N, $0], elements: numbers(N * $0)) }
    }
    func state() throws -> LSTMState<Double> {
      LSTMState(
        hidden: try tensors(configuration.hiddenStateSizes), cell: try tensors(configuration.cellStateSizes),
        gates: try tensors(configuration.gateStateSizes))
    }
    let count = ParameterLayout(configuration).count
    let model = try LSTM<Double>(configuration, parameters: numbers(count, within: scale))
    var batch = SequenceBatch<Double>(steps: T, batchSize: N, inputSize: I)
    batch.lengths = lengths
    var dense = numbers(T * N * I)
    if isToken {
      batch.tokens = (0..<T * N).map { _ in Int32(random.index(below: I)) }
      dense = batch.tokens.flatMap { token in (0..<I).map { $0 == Int(token) ? 1 : 0 } }
    }
    var dy = Tensor(repeating: 0.0, shape: model.outputShape(steps: T, batchSize: N))
    dy.elements = numbers(dy.elements.count)
    for (n, length) in (lengths ?? []).enumerated() {
      for t in length..<T {
        if isToken { batch.tokens[t * N + n] = -7 } else { fill(&dense, row: t * N + n, width: I) }
        if !configuration.readsLastStepOnly { fill(&dy.elements, row: t * N + n, width: configuration.outputSize) }
      }
    }
    if !isToken { batch.inputs = dense }
    let given = isStateGiven ? try state() : nil
    return Drawn(
      problem: self, model: model, batch: batch, initialState: given, outputGradient: dy,
      finalStateGradient: try state(), denseInput: dense)
  }

  private func fill(_ array: inout [Double], row: Int, width: Int) {
    for index in row * width..<(row + 1) * width { array[index] = .nan }
  }
}

/// A random problem in numbers.
struct Drawn: Sendable {
  let problem: RandomProblem
  let model: LSTM<Double>
  let batch: SequenceBatch<Double>
  let initialState: LSTMState<Double>?
  let outputGradient: Tensor<Double>
  let finalStateGradient: LSTMState<Double>
  /// The batch's input, one-hot rows where it has tokens.
  let denseInput: [Double]

  /// The same problem for the oracle. A given state stands in place of a learned one there, as in the engine.
  var reference: ReferenceProblem { reference(.full) }

  /// The same with the network of a rule; of another cell, whose parameters must have the same shapes, where it is
  /// given.
  func reference(_ rule: ReferenceRule, cell: ReferenceCell? = nil) -> ReferenceProblem {
    let c = model.configuration
    let shape = ReferenceShape(
      c, cell: cell, learnsInitialState: c.learnsInitialState && initialState == nil)
    var problem = ReferenceProblem(
      shape: shape, steps: batch.steps, batchSize: batch.batchSize, lengths: batch.lengths,
      parameters: shape.tensors.flatMap { model.parameters[model.layout[$0.name]!.range] }, input: denseInput,
      h0: initialState?.hidden.map(\.elements), c0: initialState?.cell.map(\.elements),
      g0: initialState?.gates.map(\.elements), dy: outputGradient.elements,
      dhT: finalStateGradient.hidden.map(\.elements), dcT: finalStateGradient.cell.map(\.elements),
      dgT: finalStateGradient.gates.map(\.elements),
      masks: ReferenceMasks(c, dropping: self.problem.dropping, steps: batch.steps, batchSize: batch.batchSize))
    problem.rule = rule
    return problem
  }

  func gradients(
    rule: GradientRule = .bptt(), _ engine: Engine, team: ThreadTeam? = nil
  ) throws -> Gradients<Double> {
    try model.gradients(
      of: batch, initialState: initialState, outputGradient: outputGradient, finalStateGradient: finalStateGradient,
      rule: rule, dropping: problem.dropping, execution: engine.execution(on: team))
  }

  /// The same into vectors in which something stood before, as between the steps of a training.
  func gradientsOverNaN(rule: GradientRule = .bptt(), _ engine: Engine) throws -> Gradients<Double> {
    try model.gradients(
      of: batch, initialState: initialState, outputGradient: outputGradient, finalStateGradient: finalStateGradient,
      rule: rule, dropping: problem.dropping, execution: engine.execution(), over: .nan)
  }

  func forward(_ engine: Engine, recordsLayers: Bool = false) throws -> ForwardResult<Double> {
    try model.forward(
      batch, initialState: initialState, recordsLayers: recordsLayers,
      execution: engine.execution())
  }
}

extension Drawn {
  /// The same problem with some of its sequences, in the order in which they are named.
  func sequences(_ numbers: [Int]) throws -> Drawn {
    let N = batch.batchSize
    func rows<Element>(_ elements: [Element], width: Int) -> [Element] {
      var some: [Element] = []
      for t in 0..<elements.count / max(1, N * width) {
        for n in numbers {
          let first = (t * N + n) * width
          some += elements[first..<first + width]
        }
      }
      return some
    }
    func tensor(_ tensor: Tensor<Double>) throws -> Tensor<Double> {
      var shape = tensor.shape
      shape[shape.count - 2] = numbers.count
      return try Tensor(shape: shape, elements: rows(tensor.elements, width: shape[shape.count - 1]))
    }
    func state(_ state: LSTMState<Double>) throws -> LSTMState<Double> {
      LSTMState(
        hidden: try state.hidden.map(tensor), cell: try state.cell.map(tensor), gates: try state.gates.map(tensor))
    }
    var some = batch
    some.batchSize = numbers.count
    some.inputs = rows(batch.inputs, width: batch.inputSize)
    some.tokens = rows(batch.tokens, width: 1)
    some.lengths = batch.lengths.map { lengths in numbers.map { lengths[$0] } }
    return Drawn(
      problem: problem, model: model, batch: some, initialState: try initialState.map(state),
      outputGradient: try tensor(outputGradient), finalStateGradient: try state(finalStateGradient),
      denseInput: rows(denseInput, width: batch.inputSize))
  }
}
