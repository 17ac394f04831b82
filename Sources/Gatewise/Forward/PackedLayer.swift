/// A layer's weights, packed for the tile when a pass comes to them.
///
/// Packing costs one pass over a matrix. Where parameters stay as they are, every layer has panels of its own and packs
/// [W; R] once. In training they change at every step, and each matrix has its turn: all layers share panels that hold
/// one matrix at a time, warm in the cache for the products that follow.
final class PackedLayer<S: Scalar> {
  private let layer: LayerParameters
  private let kernels: PackedKernels<S>
  private let panels: WeightPanels<S>
  /// How W and R are stored.
  let storage: WeightStorage

  init(_ layer: LayerParameters, kernels: PackedKernels<S>, storage: WeightStorage, panels: WeightPanels<S>) {
    (self.layer, self.kernels, self.storage, self.panels) = (layer, kernels, storage, panels)
  }

  /// Numbers of W, R and b packed.
  func gatesCount(takesTokens: Bool) -> Int {
    kernels.count(takesTokens ? 0 : layer.inputSize, layer.hiddenSize, storage)
  }

  /// W, R and b, for `PackedKernels.inputProduct` and `recurrentStep`: packed, unless they lie there already.
  ///
  /// - Parameters:
  ///   - bias: b `[4H]`.
  ///   - takesTokens: the input is tokens, so that no product needs W.
  func gates(
    from parameters: UnsafePointer<S>, bias: UnsafePointer<S>, version: ParameterVersion, takesTokens: Bool,
    team: ThreadTeam
  ) -> UnsafePointer<S> {
    let inputs = takesTokens ? 0 : layer.inputSize
    let content = WeightPanels<S>.Content(place: layer.inputWeights, version: version, inputs: inputs)
    let packed = panels.reserve(gatesCount(takesTokens: takesTokens))
    if panels.content != content {
      team.run(
        GatesJob(
          packing: GatePacking(
            inputs: inputs, hidden: layer.hiddenSize, units: 0..<layer.hiddenSize, storage: storage,
            w: parameters + layer.inputWeights, r: parameters + layer.recurrentWeights, b: bias,
            packed: packed),
          parts: team.threads, kernels: kernels), tasks: team.threads)
      panels.content = content
    }
    return UnsafePointer(packed)
  }

  /// Rᵀ, packed in the place of what was there.
  func transposedRecurrentWeights(from parameters: UnsafePointer<S>, team: ThreadTeam) -> RightFactor<S> {
    transposed(parameters + layer.recurrentWeights, units: layer.hiddenSize, team: team)
  }

  /// Wᵀ, packed in the place of what was there.
  func transposedInputWeights(from parameters: UnsafePointer<S>, team: ThreadTeam) -> RightFactor<S> {
    transposed(parameters + layer.inputWeights, units: layer.inputSize, team: team)
  }

  private func transposed(_ b: UnsafePointer<S>, units: Int, team: ThreadTeam) -> RightFactor<S> {
    panels.pack(
      MatrixView(reading: b, rows: units, columns: 4 * layer.hiddenSize), isTransposed: true, as: nil,
      kernels: kernels, team: team)
  }

  /// Packs part `task` of the hidden units of W, R and b.
  private struct GatesJob: TeamJob, @unchecked Sendable {
    let packing: GatePacking<S>
    let parts: Int
    let kernels: PackedKernels<S>

    @specialized(where S == Float)
    @specialized(where S == Double)
    func callAsFunction(_ task: Int) {
      var part = packing
      part.units = kernels.part(task, of: parts, ofUnits: packing.hidden)
      kernels.pack(part)
    }
  }
}
