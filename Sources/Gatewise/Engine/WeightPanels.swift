/// Memory for packed weights, with a record of its content.
final class WeightPanels<S: Scalar> {
  /// The identity of a packed matrix.
  struct Content: Equatable {
    /// The position of its weights among the parameters, which distinguishes matrices.
    let place: Int
    let version: ParameterVersion
    /// I, or 0 if no product needs W.
    let inputs: Int
  }

  private let buffer: PlannedBuffer<S>
  /// nil if the present content is not used again.
  var content: Content?

  init(_ buffer: PlannedBuffer<S>) { self.buffer = buffer }

  /// Lets another matrix have the memory, at other times.
  func share(_ count: @escaping MemoryPlan.Count) { _ = buffer.share(count) }

  /// The packed weights.
  var packed: VectorView<S> { buffer.vector }

  /// Packs B, or Bᵀ if `isTransposed`, unless it is the present content.
  func pack(
    _ matrix: MatrixView<S>, isTransposed: Bool, as content: Content?, kernels: Kernels<S>, team: ThreadTeam?
  ) -> RightFactor<S> {
    let (depth, columns) = isTransposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    if content == nil || self.content != content {
      let packing = FactorPacking(
        columns: columns, depth: depth, first: 0, end: columns, transposed: isTransposed, b: matrix.base,
        packed: packed.base)
      let parts = team?.threads ?? 1
      team.run(FactorJob(packing: packing, parts: parts, kernels: kernels), tasks: parts)
      self.content = content
    }
    return RightFactor(packed: packed.base, depth: depth, columns: columns, kernels: kernels)
  }

  /// The job that packs the columns of B, with one task for each part.
  private struct FactorJob: TeamJob, @unchecked Sendable {
    let packing: FactorPacking
    let parts: Int
    let kernels: Kernels<S>

    @specialized(where S == Float)
    @specialized(where S == Double)
    func callAsFunction(_ task: Int) {
      var part = packing
      let columns = kernels.part(task, of: parts, ofUnits: packing.columns)
      (part.first, part.end) = (columns.lowerBound, columns.upperBound)
      kernels.packFactor(part)
    }
  }
}
