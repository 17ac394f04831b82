/// A layer's weights, packed for the tile, with the version of the parameters they were packed from.
///
/// Packing costs one pass over the weights; it is done again only where the parameters have changed.
final class PackedLayer<S: Scalar> {
  private let layer: LayerParameters
  private let kernels: PackedKernels<S>
  private var gatePanels: AlignedBuffer<S>
  private let recurrentTransposed: AlignedBuffer<S>
  private let inputTransposed: AlignedBuffer<S>
  private var version: ParameterVersion?
  /// How W and R are stored.
  let storage: WeightStorage
  /// I, or 0 where the input is tokens, so that no product needs W: as it was packed last.
  private(set) var inputs = 0

  /// - Parameters:
  ///   - forTraining: whether Rᵀ is wanted.
  ///   - sendsErrorBelow: whether Wᵀ is wanted too.
  init(
    _ layer: LayerParameters, kernels: PackedKernels<S>, storage: WeightStorage, forTraining: Bool,
    sendsErrorBelow: Bool
  ) {
    self.layer = layer
    self.storage = storage
    self.kernels = kernels
    let (H, I) = (layer.hiddenSize, layer.inputSize)
    gatePanels = AlignedBuffer(count: 0)
    recurrentTransposed = AlignedBuffer(count: forTraining ? kernels.transposedCount(H, 4 * H) : 0)
    inputTransposed = AlignedBuffer(count: sendsErrorBelow ? kernels.transposedCount(I, 4 * H) : 0)
  }

  /// W, R and b, for `PackedKernels.inputProduct` and `recurrentStep`.
  var gates: UnsafePointer<S> { UnsafePointer(gatePanels.base) }

  /// Rᵀ, for `PackedKernels.propagate`; training only.
  var transposedRecurrentWeights: UnsafePointer<S> { UnsafePointer(recurrentTransposed.base) }

  /// Wᵀ, for `PackedKernels.propagate`; where errors go below.
  var transposedInputWeights: UnsafePointer<S> { UnsafePointer(inputTransposed.base) }

  /// Packs a version of the parameters, where it is not that one that is packed.
  func update(from parameters: UnsafePointer<S>, version: ParameterVersion, takesTokens: Bool, team: ThreadTeam) {
    let inputs = takesTokens ? 0 : layer.inputSize
    guard version != self.version || inputs != self.inputs else { return }
    (self.version, self.inputs) = (version, inputs)
    let count = kernels.count(inputs, layer.hiddenSize, storage == .bfloat16)
    // The first time, and where dense batches follow on tokens.
    if gatePanels.count < count { gatePanels = AlignedBuffer(count: count) }
    team.run(Packing(layer: self, parameters: parameters, parts: team.threads), tasks: team.threads)
  }

  /// Packs part `task` of the units of every matrix.
  private struct Packing: TeamJob {
    let layer: PackedLayer
    let parameters: UnsafePointer<S>
    let parts: Int

    @specialized(where S == Float)
    @specialized(where S == Double)
    func callAsFunction(_ task: Int) { layer.pack(part: task, of: parts, from: parameters) }
  }

  private func pack(part: Int, of parts: Int, from parameters: UnsafePointer<S>) {
    let (H, I) = (layer.hiddenSize, layer.inputSize)
    func range(_ units: Int) -> Range<Int> {
      kernels.partStart(units, part, parts)..<kernels.partStart(units, part + 1, parts)
    }
    let (w, r) = (parameters + layer.inputWeights, parameters + layer.recurrentWeights)
    kernels.pack(
      GatePacking(
        inputs: inputs, hidden: H, units: range(H), halved: storage == .bfloat16, w: w, r: r,
        b: parameters + layer.bias, packed: gatePanels.base))
    if recurrentTransposed.count > 0 { kernels.packTransposed(H, 4 * H, range(H), r, recurrentTransposed.base) }
    if inputTransposed.count > 0 { kernels.packTransposed(I, 4 * H, range(I), w, inputTransposed.base) }
  }
}
