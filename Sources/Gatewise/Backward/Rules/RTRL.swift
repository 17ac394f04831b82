/// Exact real-time recurrent learning: the derivatives of every layer's state by every parameter run forward in time,
/// and the gradient is what each step's error makes of them. It equals BPTT's but for rounding.
///
/// Cost: 8H³(I + H + 1) multiplications a step and sequence for a layer by its own parameters, since the columns of the
/// Jacobian that belong to c are diagonal, and twice that for every layer above it, which reads the layer below. Memory: 8H²(I + H + 1) numbers for a
/// layer by its own parameters, 2H numbers a parameter for every layer above; one sequence at a time. Use it to see the
/// exact gradient without a way back through time, or as a proof of another rule; for training, BPTT costs a small
/// fraction. The error of the input, where it is asked for, is BPTT's. Source: Williams & Zipser 1989.
public struct RTRL: GradientRule, Equatable {
  /// The rule.
  public init() {}

  /// - Throws: `GatewiseError.invalidArgument` saying how much memory the derivatives take where there is less, and for
  ///   a bidirectional model, or one with more than plain layers.
  public func _require(_ configuration: LSTMConfiguration, bytesPerNumber: Int) throws(GatewiseError) {
    try configuration.requireOneDirection(for: "Exact RTRL")
    try configuration.requirePlainLayers(for: "Exact RTRL")
    try MemoryLimit.require(
      bytes: SensitivityShape(configuration).count * Double(bytesPerNumber),
      for: "Exact RTRL of hidden sizes \(configuration.hiddenSizes) keeps the derivative of every state by every "
        + "parameter, which")
  }

  /// The derivatives, one step's Jacobians and a sequence's sums.
  public func _count(
    _ configuration: LSTMConfiguration, rows: Double, threads: Int, wantsInputError: Bool
  ) -> Double {
    let shape = SensitivityShape(configuration)
    return shape.count + shape.scratchCount(configuration, threads: threads)
  }

  /// Leads the derivatives over what is loaded.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func _backward<S: Scalar>(
    _ workspace: Workspace<S>, parameters: UnsafePointer<S>, gradients: UnsafeMutablePointer<S>, wantsInputError: Bool
  ) {
    workspace.sendErrorForward(
      parameters: parameters, gradients: gradients, wantsInputError: wantsInputError)
  }
}
