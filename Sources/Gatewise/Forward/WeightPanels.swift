/// Memory for packed weights, and what lies in it.
final class WeightPanels<S: Scalar> {
  /// One matrix as it was packed.
  struct Content: Equatable {
    /// Where its weights begin among the parameters, which tells matrices apart.
    let place: Int
    let version: ParameterVersion
    /// I, or 0 where no product needs W.
    let inputs: Int
  }

  private let buffer = ReservedBuffer<S>()
  /// nil if what lies here is not used again.
  var content: Content?

  /// Room for `count` numbers.
  func reserve(_ count: Int) -> UnsafeMutablePointer<S> { buffer.reserve(count) }

  /// B, or Bᵀ where `isTransposed`, packed in the place of what was here, unless it is what lies here.
  func pack(
    _ matrix: MatrixView<S>, isTransposed: Bool, as content: Content?, kernels: PackedKernels<S>, team: ThreadTeam
  ) -> RightFactor<S> {
    let (depth, columns) = isTransposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    let packed = reserve(kernels.factorCount(columns, depth))
    if content == nil || self.content != content {
      let packing = FactorPacking(
        columns: columns, depth: depth, part: 0..<columns, isTransposed: isTransposed, b: matrix.base, packed: packed)
      team.run(FactorJob(packing: packing, parts: team.threads, kernels: kernels), tasks: team.threads)
      self.content = content
    }
    return RightFactor(packed: packed, depth: depth, columns: columns, kernels: kernels)
  }

  /// Packs part `task` of the columns of B.
  private struct FactorJob: TeamJob, @unchecked Sendable {
    let packing: FactorPacking<S>
    let parts: Int
    let kernels: PackedKernels<S>

    @specialized(where S == Float)
    @specialized(where S == Double)
    func callAsFunction(_ task: Int) {
      var part = packing
      part.part = kernels.part(task, of: parts, ofUnits: packing.columns)
      kernels.packFactor(part)
    }
  }
}
