/// What passes over windows take, for who reckons a whole run before it begins.
package enum PassMemory {
  /// Bytes of a pass over windows of T steps of N sequences, on the threads and kernels that the environment asks for.
  ///
  /// - Parameters:
  ///   - rule: how the error goes back; nil for a pass that evaluates a loss.
  ///   - isUneven: whether sequences may be of different lengths.
  ///   - isDense: whether input is anything else than tokens.
  ///   - threads: nil for what the environment says.
  /// - Throws: `GatewiseError` where the environment asks for what cannot be.
  package static func bytes<S: Scalar>(
    as _: S.Type, _ configuration: LSTMConfiguration, steps: Int, batchSize: Int, rule: (any GradientRule)?,
    isUneven: Bool, isDense: Bool, threads: Int? = nil
  ) throws(GatewiseError) -> Double {
    let threads = threads ?? ThreadTeam.processors
    let (path, kernels): (RecurrentPath, PackedKernels<S>)
    do { (path, kernels) = (try .current(), try Kernels<S>.current().packed) } catch {
      throw error as? GatewiseError ?? .invalidArgument("\(error)")
    }
    let cut = WindowCut(rule ?? BPTT(), steps: steps)
    let workspace = WorkspaceMemory<S>(
      configuration, steps: cut.held, batchSize: batchSize, purpose: rule == nil ? .evaluation : .training,
      givesInputError: false, sequences: WindowSequences(areUneven: isUneven, isDense: isDense, rows: nil), path: path,
      kernels: kernels, threads: threads)
    guard let rule else { return workspace.bytes }
    let numbers = cut.count(
      configuration, batchSize: Double(batchSize), rows: nil, rule: rule, threads: threads, wantsInputError: false)
    return workspace.bytes + numbers * Double(MemoryLayout<S>.stride)
  }
}
