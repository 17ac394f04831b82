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
  package let lowerLayers: LowerLayers
  /// Which gates let an error through to the cell state that their peepholes see.
  package let peepholePaths: PeepholePaths

  /// The rule.
  package init(lowerLayers: LowerLayers = .throughCurrentInputs, peepholePaths: PeepholePaths = .detached) {
    (self.lowerLayers, self.peepholePaths) = (lowerLayers, peepholePaths)
  }

  /// Within a layer no error comes back through the recurrent product.
  public var request: GradientRequest {
    let below: ErrorPaths.Below =
      switch lowerLayers {
      case .throughCurrentInputs: .current
      case .none: .nothing
      }
    return GradientRequest(
      name: "Truncated RTRL",
      direction: .backward(ErrorPaths(recurrence: [], peepholes: peepholePaths, below: below)),
      limits: [.oneDirection, .plainLayers])
  }
}

extension GradientRule where Self == TruncatedRTRL {
  /// Truncated real-time recurrent learning, R1 or R0; see ``TruncatedRTRL``.
  public static func truncatedRTRL(
    lowerLayers: TruncatedRTRL.LowerLayers = .throughCurrentInputs, peepholePaths: PeepholePaths = .detached
  ) -> TruncatedRTRL {
    TruncatedRTRL(lowerLayers: lowerLayers, peepholePaths: peepholePaths)
  }
}
