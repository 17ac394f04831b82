/// A network with its data: everything that determines the outputs, and the objective to differentiate,
///
///     E = Σ y ∘ dy + Σ_k y_k(end) ∘ dhT_k + Σ_k c_k(end) ∘ dcT_k + Σ_k gates_k(end) ∘ dgT_k
///
/// over layers k, so that dy, dhT, dcT and dgT are the incoming gradients of a backward pass. The last sum exists only
/// with gate recurrence. Sums run over real steps, not over padding.
public struct ReferenceProblem: Sendable {
  /// The network.
  public let shape: ReferenceShape
  /// T, the number of steps of the arrays.
  public let steps: Int
  /// N, the number of sequences.
  public let batchSize: Int
  /// The number of steps of each sequence, [N].
  public let lengths: [Int]
  /// The parameters, the input and the given initial state.
  public let variables: ReferenceVariables
  /// The incoming gradient of y, in the shape of `ReferenceOutputs.y`.
  public let dy: [Double]
  /// The incoming gradients of each layer's final y, [N, P].
  public let dhT: [[Double]]
  /// The incoming gradients of each layer's final c, [N, H].
  public let dcT: [[Double]]
  /// The incoming gradients of each layer's final gate activations, [N, G]; empty without gate recurrence.
  public let dgT: [[Double]]

  /// The drawn masks of dropout and zoneout.
  public let masks: ReferenceMasks

  /// The gradient rule; it does not change the outputs. A rule that cuts paths, and truncation, require levels of one
  /// direction, and a rule that cuts paths requires no zoneout (preconditions of the functions that compute gradients).
  public var rule = ReferenceRule.full

  let places: VariablePlaces

  /// Creates a problem.
  ///
  /// Every array must have the size its description gives, lengths must be in 0...T, all values that are read must be
  /// finite, and a shape that learns its initial state takes no h0, c0 and g0 (preconditions).
  /// - Parameters:
  ///   - lengths: [N]; nil: all T.
  ///   - parameters: flat, in the order of `shape.tensors`.
  ///   - input: [T, N, I].
  ///   - h0: One [N, P] per layer; nil: zeros. Likewise c0 of [N, H] and, with gate recurrence, g0 of [N, G].
  ///   - dy: [T, N, K] (K = D·P without a readout), [1, N, K] for a readout on the last step; nil: zeros.
  ///   - dhT: One [N, P] per layer; nil: zeros. Likewise dcT of [N, H] and, with gate recurrence, dgT of [N, G].
  ///   - masks: The drawn masks of dropout and zoneout.
  public init(
    shape: ReferenceShape, steps: Int, batchSize: Int, lengths: [Int]? = nil,
    parameters: [Double], input: [Double], h0: [[Double]]? = nil, c0: [[Double]]? = nil,
    g0: [[Double]]? = nil, dy: [Double]? = nil, dhT: [[Double]]? = nil, dcT: [[Double]]? = nil,
    dgT: [[Double]]? = nil, masks: ReferenceMasks = ReferenceMasks()
  ) {
    precondition(steps >= 0 && batchSize >= 0, "steps \(steps) and batchSize \(batchSize) must not be negative")
    func zeros(_ sizes: [Int]) -> [[Double]] { sizes.map { Array(repeating: 0, count: batchSize * $0) } }
    let (states, cells, gates) = (zeros(shape.stateSizes), zeros(shape.cellStateSizes), zeros(shape.gateSizes))
    let (givenStates, givenCells, givenGates) = shape.learnsInitialState ? ([], [], []) : (states, cells, gates)
    let outputs = (shape.readsLastStepOnly ? 1 : steps) * batchSize * shape.rowSize

    self.shape = shape
    self.steps = steps
    self.batchSize = batchSize
    self.lengths = lengths ?? Array(repeating: steps, count: batchSize)
    self.variables = ReferenceVariables(
      parameters: parameters, input: input, h0: h0 ?? givenStates, c0: c0 ?? givenCells, g0: g0 ?? givenGates)
    self.dy = dy ?? Array(repeating: 0, count: outputs)
    self.dhT = dhT ?? states
    self.dcT = dcT ?? cells
    self.dgT = dgT ?? gates
    self.masks = masks
    self.places = VariablePlaces(shape: shape, steps: steps, batchSize: batchSize)

    precondition(
      self.lengths.count == batchSize && self.lengths.allSatisfy { (0...steps).contains($0) },
      "lengths must be \(batchSize) numbers in 0...\(steps), found \(self.lengths)")
    Self.check("parameters", [parameters], [shape.parameterCount])
    Self.check("input", [input], [steps * batchSize * shape.inputSize])
    Self.check("h0", variables.h0, givenStates.map(\.count))
    Self.check("c0", variables.c0, givenCells.map(\.count))
    Self.check("g0", variables.g0, givenGates.map(\.count))
    Self.check("dy", [self.dy], [outputs])
    Self.check("dhT", self.dhT, states.map(\.count))
    Self.check("dcT", self.dcT, cells.map(\.count))
    Self.check("dgT", self.dgT, gates.map(\.count))
    masks.check(shape, steps: steps, batchSize: batchSize)
    // Complex<Double> treats all non-finite numbers as one infinity, and its σ is 0: this would hide a NaN.
    let given = variables.h0 + variables.c0 + variables.g0
    precondition((parameters + given.joined()).allSatisfy(\.isFinite), "parameters and initial states must be finite")
    for (n, length) in self.lengths.enumerated() {
      for t in 0..<length {
        let row = (t * batchSize + n) * shape.inputSize
        precondition(input[row..<(row + shape.inputSize)].allSatisfy(\.isFinite), "input [\(t), \(n)] is not finite")
      }
    }
  }

  private static func check(_ name: String, _ arrays: [[Double]], _ counts: [Int]) {
    precondition(arrays.map(\.count) == counts, "\(name) must have \(counts) entries, found \(arrays.map(\.count))")
  }

  /// Returns the results of a forward pass, the book's Equations, Forward. Cost: O(T·N·parameters), in scalar loops.
  public func outputs() -> ReferenceOutputs {
    let network = ScalarNetwork<Double>(running: self)
    return ReferenceOutputs(
      y: network.y, hT: network.h, cT: network.c, gT: shape.cell.gateRecurrence ? network.gates : [])
  }

  /// E at the problem's variables. Cost: one forward pass.
  public func objective() -> Double {
    var network = ScalarNetwork<Double>(running: self)
    return network.objective(sequences: 0..<batchSize)
  }
}
