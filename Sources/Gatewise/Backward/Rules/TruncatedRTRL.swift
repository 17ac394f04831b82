/// R1 and R0: the truncated gradient of the papers that introduced the LSTM, here in its reverse form over a window.
///
/// Within a layer only the cell state carries an error over time: y_{t-1} is a constant to all four nets. R1 sends the
/// error of step t to the layer below through the current inputs of all four nets, the output gate's among them, and
/// not what the state has gathered: it is the gradient of a network of two copies, of which the one with changed input
/// feeds the output at t, and the one with recorded input is remembered. R0 sends nothing below: the layers under the
/// highest learn only from errors of their own final state.
///
/// Cost: that of ``RecurrentCut``, for R1 with one more set of deltas. Memory: that of BPTT, for R1 with T·N·4H of the
/// widest layer in addition. Use it to compare with published results. Not recommended below the highest layer where an
/// output depends on long ago: there R1 credits a layer only for what it puts out at the step of the error, and R0 not
/// at all. Source: Hochreiter & Schmidhuber 1997, appendix A.1; Gers, Schmidhuber & Cummins 2000; Gers, Schraudolph &
/// Schmidhuber 2002. For more than one layer the papers say nothing; both readings are here.
public struct TruncatedRTRL: GradientRule, Equatable {
  /// What reaches the layers below the highest.
  public enum LowerLayers: String, Sendable, CaseIterable {
    /// R1: the error of step t through the inputs of step t.
    case throughCurrentInputs
    /// R0: nothing.
    case none
  }

  /// What reaches the layers below the highest.
  public let lowerLayers: LowerLayers
  /// Which gates let an error through to the cell state that their peepholes see.
  public let peepholePaths: PeepholePaths

  /// The rule.
  public init(lowerLayers: LowerLayers = .throughCurrentInputs, peepholePaths: PeepholePaths = .detached) {
    (self.lowerLayers, self.peepholePaths) = (lowerLayers, peepholePaths)
  }

  /// - Throws: `GatewiseError.invalidArgument` for a bidirectional model, or one with more than plain layers.
  public func _require(_ configuration: LSTMConfiguration, bytesPerNumber: Int) throws(GatewiseError) {
    try configuration.requireOneDirection(for: "Truncated RTRL")
    try configuration.requirePlainLayers(for: "Truncated RTRL")
  }

  /// For R1 the deltas of every step's error alone, of one layer that has another below it at a time, and the errors of
  /// gates that feed back.
  public func _count(
    _ configuration: LSTMConfiguration, rows: Double, threads: Int, wantsInputError: Bool
  ) -> Double {
    guard lowerLayers == .throughCurrentInputs else { return 0 }
    let senders = configuration.hiddenSizes.dropFirst(wantsInputError ? 0 : 1)
    let deltas = senders.map { Double(GateColumns(configuration.cell, hiddenSize: $0).count) + Double($0) }.max()
    let gates = configuration.gateStateSizes.dropFirst(wantsInputError ? 0 : 1).max()
    return rows * ((deltas ?? 0) + Double(gates ?? 0))
  }

  /// Sends the error of what is loaded back.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func _backward<S: Scalar>(
    _ workspace: Workspace<S>, parameters: UnsafePointer<S>, gradients: UnsafeMutablePointer<S>, wantsInputError: Bool
  ) {
    let below: ErrorPaths.Below =
      switch lowerLayers {
      case .throughCurrentInputs: .current
      case .none: .nothing
      }
    workspace.backward(
      parameters: parameters, gradients: gradients, wantsInputError: wantsInputError,
      paths: ErrorPaths(throughRecurrence: false, peepholes: peepholePaths, below: below))
  }
}
