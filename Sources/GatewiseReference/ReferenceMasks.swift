/// The masks of dropout and zoneout, held fixed: no variable changes them.
///
/// Masks of dropout multiply: 0 drops, 1 / (1 - p) keeps. Masks of zoneout give the fraction in [0, 1] of the old state
/// that is kept. A layer's masks have the index of its state, level·D + direction; step t is a position in the
/// sequence, also for a direction that reads backward. nil means no mask, and values on padding are never read.
public struct ReferenceMasks: Sendable, Equatable {
  /// For the input of every level above the lowest, [T, N, width of the input]: the first entry is for level 1.
  public var betweenLayers: [[Double]]?
  /// For the input of every level, including the lowest, the same at every step: [N, width of the input].
  public var input: [[Double]]?
  /// For y_{t-1} of every layer as an input of the recurrent product, the same at every step: [N, P].
  public var recurrent: [[Double]]?
  /// For the recurrent weights of every layer: [P, C].
  public var recurrentWeights: [[Double]]?
  /// For every layer, z in c_t = z ∘ c_{t-1} + (1 - z) ∘ c̃_t: [T, N, H]. The output of step t is computed from c̃_t.
  public var zoneoutCell: [[Double]]?
  /// For every layer, z in y_t = z ∘ y_{t-1} + (1 - z) ∘ ỹ_t, after a projection: [T, N, P].
  public var zoneoutHidden: [[Double]]?

  /// Creates masks; those not given are nil.
  public init(
    betweenLayers: [[Double]]? = nil, input: [[Double]]? = nil, recurrent: [[Double]]? = nil,
    recurrentWeights: [[Double]]? = nil, zoneoutCell: [[Double]]? = nil, zoneoutHidden: [[Double]]? = nil
  ) {
    self.betweenLayers = betweenLayers
    self.input = input
    self.recurrent = recurrent
    self.recurrentWeights = recurrentWeights
    self.zoneoutCell = zoneoutCell
    self.zoneoutHidden = zoneoutHidden
  }

  /// Whether part of the old state may be kept.
  var zonesOut: Bool { zoneoutCell != nil || zoneoutHidden != nil }

  /// Checks that every mask has the size its description gives (precondition).
  func check(_ shape: ReferenceShape, steps T: Int, batchSize N: Int) {
    let layers = 0..<shape.layerCount
    let inputs = shape.hiddenSizes.indices.map(shape.inputSize(ofLevel:))
    let expected: [(String, [[Double]]?, [Int])] = [
      ("betweenLayers", betweenLayers, inputs.dropFirst().map { T * N * $0 }),
      ("input", input, inputs.map { N * $0 }),
      ("recurrent", recurrent, shape.stateSizes.map { N * $0 }),
      ("recurrentWeights", recurrentWeights, layers.map { shape.stateSizes[$0] * shape.columns(ofLayer: $0).count }),
      ("zoneoutCell", zoneoutCell, shape.cellStateSizes.map { T * N * $0 }),
      ("zoneoutHidden", zoneoutHidden, shape.stateSizes.map { T * N * $0 }),
    ]
    for case (let name, let masks?, let counts) in expected {
      precondition(
        masks.map(\.count) == counts, "\(name) must have \(counts) entries, found \(masks.map(\.count))")
    }
  }
}
