/// One layer as sizes, and where its variables begin in the joined vector.
struct LayerPlaces: Sendable {
  let columns: NetColumns
  let input: Int
  let inputWeights: Int
  let recurrentWeights: Int
  /// nil where gates are no inputs.
  let gateWeights: Int?
  /// Each column's bias, [C]; nil where it has none.
  let biases: [Int?]
  let peepholes: Int?
  let h0: Int
  let c0: Int
  /// nil where the gates' activations before the first step are zero.
  let g0: Int?
  /// From one sequence's initial h or c to the next's: H, or 0 where all share the learned row.
  let stateStride: Int

  init(_ problem: ReferenceProblem, layer l: Int) {
    let (shape, places) = (problem.shape, problem.places)
    func offset(_ name: String) -> Int? { shape.tensor(named: name)?.offset }
    let columns = shape.columns(ofLayer: l)
    var biases = [Int?](repeating: nil, count: columns.count)
    for (place, column) in columns.biased(shape.biases).enumerated() {
      biases[column] = offset("bias_ih_l\(l)")! + place
    }
    self.columns = columns
    self.biases = biases
    input = places.input.range.lowerBound
    inputWeights = offset("weight_ih_l\(l)")!
    recurrentWeights = offset("weight_hh_l\(l)")!
    gateWeights = offset("weight_gh_l\(l)")
    peepholes = offset("peephole_l\(l)")
    h0 = offset("h0_l\(l)") ?? places.h0[l].range.lowerBound
    c0 = offset("c0_l\(l)") ?? places.c0[l].range.lowerBound
    g0 = places.g0.isEmpty ? nil : places.g0[l].range.lowerBound
    stateStride = shape.learnsInitialState ? 0 : shape.hiddenSizes[l]
  }
}

/// Where the variables of the readout begin in the joined vector.
struct HeadPlaces: Sendable {
  let weight: Int
  /// nil where the readout does not see the input.
  let inputWeight: Int?
  /// nil where the outputs have no bias.
  let bias: Int?

  /// nil without a readout.
  init?(_ shape: ReferenceShape) {
    guard let weight = shape.tensor(named: "head.weight") else { return nil }
    self.weight = weight.offset
    inputWeight = shape.tensor(named: "head.input_weight")?.offset
    bias = shape.tensor(named: "head.bias")?.offset
  }
}
