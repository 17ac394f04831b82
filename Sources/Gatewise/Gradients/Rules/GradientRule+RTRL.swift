extension GradientRule {
  /// Exact real-time recurrent learning: the derivatives of every layer's state by every parameter go forward in time,
  /// and the error of each step turns them into its gradient. It equals the gradient of BPTT except for rounding.
  ///
  /// Cost: 8H³(I + H + 1) multiplications per step and sequence for a layer by its own parameters (the columns of the
  /// Jacobian that belong to c are diagonal), and twice that for every layer above, which reads the layer below.
  /// Memory: 8H²(I + H + 1) numbers for a layer by its own parameters, 2H numbers per parameter for every layer above;
  /// one sequence at a time. Use it to see the exact gradient without a way back through time, or to prove another
  /// rule; for training, BPTT costs a small fraction. The error of the input, if wanted, is that of BPTT. Source:
  /// Williams & Zipser 1989.
  public static var rtrl: GradientRule { GradientRule(RTRL()) }
}

/// The definition of `GradientRule.rtrl`.
package struct RTRL: RuleDefinition {
  /// The derivatives of all states go forward.
  package var request: GradientRequest {
    GradientRequest(name: "Exact RTRL", direction: .forward, limits: [.oneDirection, .plainLayers])
  }
}
