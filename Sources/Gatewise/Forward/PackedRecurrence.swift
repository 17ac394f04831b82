/// A layer's recurrent weights, packed for the tile, with the version of the parameters they were packed from.
///
/// Packing costs one pass over R; it is done again only where the parameters have changed.
final class PackedRecurrence<S: Scalar> {
  private let hiddenSize: Int
  private let kernels: PackedKernels<S>
  private let forward: AlignedBuffer<S>
  private let transposed: AlignedBuffer<S>
  private var version: ParameterVersion?

  init(hiddenSize: Int, kernels: PackedKernels<S>, forTraining: Bool) {
    self.hiddenSize = hiddenSize
    self.kernels = kernels
    forward = AlignedBuffer(count: kernels.count(hiddenSize))
    transposed = AlignedBuffer(count: forTraining ? kernels.transposedCount(hiddenSize) : 0)
  }

  /// Packs R `[H, 4H]` of a version of the parameters, where it is not that one that is packed.
  func update(from weights: UnsafePointer<S>, version: ParameterVersion) {
    guard version != self.version else { return }
    kernels.pack(hiddenSize, weights, forward.base)
    if transposed.count > 0 { kernels.packTransposed(hiddenSize, weights, transposed.base) }
    self.version = version
  }

  /// R, for `PackedKernels.recurrentStep`.
  var weights: UnsafePointer<S> { UnsafePointer(forward.base) }

  /// Rᵀ, for `PackedKernels.propagate`; training only.
  var transposedWeights: UnsafePointer<S> { UnsafePointer(transposed.base) }
}
