extension GradientRule {
  /// R1 and R0: the truncated gradient of the papers that introduced the LSTM, here in its reverse form over a window.
  ///
  /// Within a layer only the cell state carries errors over time: y_{t-1} is a constant to all four nets. R1 sends the
  /// error of step t to the layer below through the current inputs of all four nets, among them the output gate, but
  /// not through the past of the cell state: it is the gradient of a network of two copies, of which the one with
  /// changed input determines the output at t, and the one with recorded input the state. R0 sends nothing below: the
  /// layers below the highest learn only from errors of their own final state.
  ///
  /// Cost: that of ``recurrentCut(peepholePaths:deltaClip:)``, for R1 with one more set of deltas. Memory: that of
  /// BPTT, for R1 with T·N·4H of the widest layer in addition. Use it to compare with published results. Not
  /// recommended below the highest layer if an output depends on the distant past: R1 gives a lower layer credit only
  /// for its output at the step of the error, R0 none at all. Source: Hochreiter & Schmidhuber 1997, appendix A.1;
  /// Gers, Schmidhuber & Cummins 2000; Gers, Schraudolph & Schmidhuber 2002. For more than one layer the papers say
  /// nothing; both readings are here.
  ///
  /// - Parameters:
  ///   - lowerLayers: the errors that reach the layers below the highest.
  ///   - peepholePaths: the gates that pass errors to the cell state through their peepholes.
  public static func truncatedRTRL(
    lowerLayers: LowerLayerPaths = .throughCurrentInputs, peepholePaths: PeepholePaths = .detached
  ) -> GradientRule {
    GradientRule(TruncatedRTRL(lowerLayers: lowerLayers, peepholePaths: peepholePaths))
  }
}

/// The errors that reach the layers below the highest.
public enum LowerLayerPaths: Sendable, CaseIterable {
  /// R1: the error of step t through the inputs of step t.
  case throughCurrentInputs
  /// R0: nothing.
  case none
}

/// The definition of `GradientRule.truncatedRTRL`.
package struct TruncatedRTRL: RuleDefinition {
  package let lowerLayers: LowerLayerPaths
  package let peepholePaths: PeepholePaths

  package init(lowerLayers: LowerLayerPaths = .throughCurrentInputs, peepholePaths: PeepholePaths = .detached) {
    (self.lowerLayers, self.peepholePaths) = (lowerLayers, peepholePaths)
  }

  /// Within a layer no error comes back through the recurrent product.
  package var request: GradientRequest {
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
