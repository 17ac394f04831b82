/// The memory of passes over windows, to compute the memory of a whole run before it starts.
package enum PassMemory {
  /// Returns the bytes of a pass over windows of T steps of N sequences, with the threads and kernels that the
  /// environment chooses.
  ///
  /// - Parameters:
  ///   - rule: the gradient rule; nil for a pass that evaluates a loss.
  ///   - isUneven: whether sequences may differ in length.
  ///   - isDense: whether input may be anything else than tokens.
  ///   - threads: nil for the number of processors.
  /// - Throws: `GatewiseError` for invalid values in the environment.
  package static func bytes<S: Scalar>(
    as _: S.Type, _ configuration: LSTMConfiguration, steps: Int, batchSize: Int, rule: GradientRule?,
    isUneven: Bool, isDense: Bool, threads: Int? = nil
  ) throws(GatewiseError) -> Double {
    let (path, kernels): (RecurrentPath, Kernels<S>)
    do { (path, kernels) = (try .current(), try .current()) } catch {
      throw error as? GatewiseError ?? .invalidArgument("\(error)")
    }
    let request = (rule ?? .bptt()).request
    let shape = EngineShape<S>(
      configuration: configuration, steps: WindowCut(request, steps: steps).held, batchSize: batchSize,
      purpose: rule == nil ? .evaluation : .training, paths: request.paths,
      sequences: WindowSequences(areUneven: isUneven, isDense: isDense, rows: nil), path: path, kernels: kernels,
      threads: threads ?? ThreadTeam.processors)
    return plan(shape, steps: steps, request).bytes
  }

  /// Returns the plan of a pass over windows of T steps without allocating its memory.
  static func plan<S: Scalar>(_ shape: EngineShape<S>, steps: Int, _ request: GradientRequest) -> MemoryPlan {
    let plan = shape.makePlan()
    _ = WindowPass(shape, steps: steps, request, team: nil, plan: plan)
    return plan
  }
}
