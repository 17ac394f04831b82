/// The sizes of one layer, a direction of a level, and the positions of its variables in the joined vector.
struct LayerPlaces: Sendable {
  let level: Int
  /// Whether the layer reads from the last step to the first.
  let isReverse: Bool
  let columns: NetColumns
  /// H
  let hiddenSize: Int
  /// P
  let stateSize: Int
  let inputWeights: Int
  let recurrentWeights: Int
  /// nil if gates are not inputs.
  let gateWeights: Int?
  /// Each column's bias, [C]; nil if it has none.
  let biases: [Int?]
  let peepholes: Int?
  /// nil if y = h.
  let projection: Int?
  let normalization: NormalizationPlaces
  let h0: Int
  let c0: Int
  /// nil if the gates' activations before the first step are zero.
  let g0: Int?
  /// Whether each sequence has its own initial h and c; otherwise all share the learned row.
  let isStateGiven: Bool

  init(_ problem: ReferenceProblem, layer k: Int) {
    let (shape, places) = (problem.shape, problem.places)
    let suffix = ReferenceShape.suffix(ofLayer: k, directions: shape.directions)
    func offset(_ name: String) -> Int? { shape.tensor(named: name + suffix)?.offset }
    let columns = shape.columns(ofLayer: k)
    var biases = [Int?](repeating: nil, count: columns.count)
    for (place, column) in columns.biased(shape.biases).enumerated() {
      biases[column] = offset("bias_ih")! + place
    }
    level = k / shape.directions
    isReverse = k % shape.directions == 1
    self.columns = columns
    hiddenSize = shape.cellStateSizes[k]
    stateSize = shape.stateSizes[k]
    self.biases = biases
    inputWeights = offset("weight_ih")!
    recurrentWeights = offset("weight_hh")!
    gateWeights = offset("weight_gh")
    peepholes = offset("peephole")
    projection = offset("weight_hr")
    normalization = NormalizationPlaces(
      gain: offset("norm_gain"), inputGain: offset("norm_input_gain"), recurrentGain: offset("norm_recurrent_gain"),
      cellGain: offset("norm_cell_gain"), cellBias: offset("norm_cell_bias"))
    h0 = offset("h0") ?? places.h0[k].range.lowerBound
    c0 = offset("c0") ?? places.c0[k].range.lowerBound
    g0 = places.g0.isEmpty ? nil : places.g0[k].range.lowerBound
    isStateGiven = !shape.learnsInitialState
  }

  /// The position of the initial y of sequence n.
  func initialState(of n: Int) -> Int { isStateGiven ? h0 + n * stateSize : h0 }

  /// The position of the initial c of sequence n.
  func initialCell(of n: Int) -> Int { isStateGiven ? c0 + n * hiddenSize : c0 }
}

/// The positions of the gains of a layer's normalization in the joined vector; nil for those its placement does not
/// have.
struct NormalizationPlaces: Sendable {
  let gain: Int?
  let inputGain: Int?
  let recurrentGain: Int?
  let cellGain: Int?
  let cellBias: Int?
}

/// The positions of the readout's variables in the joined vector.
struct HeadPlaces: Sendable {
  let weight: Int
  /// nil if the readout does not read the input.
  let inputWeight: Int?
  /// nil if the outputs have no bias.
  let bias: Int?

  /// nil without a readout.
  init?(_ shape: ReferenceShape) {
    guard let weight = shape.tensor(named: "head.weight") else { return nil }
    self.weight = weight.offset
    inputWeight = shape.tensor(named: "head.input_weight")?.offset
    bias = shape.tensor(named: "head.bias")?.offset
  }
}
