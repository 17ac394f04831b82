import GatewiseReference

/// SplitMix64: enough randomness for test data, the same on every machine.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func uniform(_ count: Int, in range: ClosedRange<Double> = -1...1) -> [Double] {
    (0..<count).map { _ in Double.random(in: range, using: &self) }
  }
}

extension ReferenceShape {
  /// This shape with data drawn from `seed`: parameters in ±0.7, everything else in ±1.
  func randomProblem(
    steps T: Int, batchSize N: Int, lengths: [Int]? = nil, masks: ReferenceMasks = ReferenceMasks(), seed: UInt64
  ) -> ReferenceProblem {
    var random = SplitMix(state: seed)
    func states(_ sizes: [Int]) -> [[Double]] { sizes.map { random.uniform(N * $0) } }
    return ReferenceProblem(
      shape: self, steps: T, batchSize: N, lengths: lengths,
      parameters: random.uniform(parameterCount, in: -0.7...0.7), input: random.uniform(T * N * inputSize),
      h0: learnsInitialState ? nil : states(stateSizes), c0: learnsInitialState ? nil : states(cellStateSizes),
      g0: learnsInitialState ? nil : states(gateSizes),
      dy: random.uniform((readsLastStepOnly ? 1 : T) * N * (outputSize ?? outputSize(ofLevel: hiddenSizes.count - 1))),
      dhT: states(stateSizes), dcT: states(cellStateSizes), dgT: states(gateSizes), masks: masks)
  }
}

extension ReferenceProblem {
  /// The same data for a shape with the same states, with other parameters, masks, or other given values.
  func changed(
    _ shape: ReferenceShape? = nil, parameters: [Double]? = nil, input: [Double]? = nil, h0: [[Double]]? = nil,
    c0: [[Double]]? = nil, dy: [Double]? = nil, dhT: [[Double]]? = nil, dcT: [[Double]]? = nil,
    masks: ReferenceMasks? = nil
  ) -> ReferenceProblem {
    let shape = shape ?? self.shape
    return ReferenceProblem(
      shape: shape, steps: steps, batchSize: batchSize, lengths: lengths,
      parameters: parameters ?? variables.parameters, input: input ?? variables.input,
      h0: shape.learnsInitialState ? nil : h0 ?? variables.h0, c0: shape.learnsInitialState ? nil : c0 ?? variables.c0,
      g0: shape.learnsInitialState || !shape.cell.gateRecurrence ? nil : variables.g0, dy: dy ?? self.dy,
      dhT: dhT ?? self.dhT, dcT: dcT ?? self.dcT, dgT: shape.cell.gateRecurrence ? dgT : nil, masks: masks ?? self.masks
    )
  }
}

extension ReferenceVariables {
  /// Parameters, input, h0, c0, g0, each by its name.
  var parts: [(name: String, values: [Double])] {
    [
      ("parameters", parameters), ("input", input), ("h0", Array(h0.joined())), ("c0", Array(c0.joined())),
      ("g0", Array(g0.joined())),
    ]
  }
}

/// max|a - b| / max|b|; 0 for empty arrays.
func relativeDifference(_ a: [Double], _ b: [Double]) -> Double {
  precondition(a.count == b.count)
  let difference = zip(a, b).map { abs($0 - $1) }.max() ?? 0
  // A NaN must not count as a small difference.
  if difference.isNaN || (a + b).contains(where: \.isNaN) { return .infinity }
  return difference == 0 ? 0 : difference / (b.map(abs).max() ?? 0)
}
