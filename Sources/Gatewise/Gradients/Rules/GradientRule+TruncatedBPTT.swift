extension GradientRule {
  /// Truncated BPTT (k1, k2): after every k1 steps, and at the end of a sequence, the errors of the steps since the
  /// last such point go back through at most k2 steps. The state is carried on without a cut.
  ///
  /// It is the exact gradient of a sum over these blocks: of the loss of each block in the network whose state k2 steps
  /// before is a constant. If k2 is at least the number of steps, it is the gradient of BPTT. A block that reaches the
  /// first step sends its error to the initial state.
  ///
  /// Cost: k2/k1 times the products of a forward and a backward pass, and the forward pass before them. Memory:
  /// k2·N·(I + 6H) per layer, and the states after every k1 steps, T/k1·N·2H. Use it if credit over k2 steps is
  /// enough; k1 = k2 is cheapest, but blind to what happened just before a block. Source: Williams & Peng 1990.
  ///
  /// - Parameters:
  ///   - every: k1, at least 1.
  ///   - depth: k2, at least k1.
  ///   - deltaClip: the bound of every δ, above 0; nil for none. With a bound, the result is no longer a gradient.
  public static func truncatedBPTT(every: Int, depth: Int, deltaClip: Double? = nil) -> GradientRule {
    GradientRule(TruncatedBPTT(every: every, depth: depth, deltaClip: deltaClip))
  }
}

/// The definition of `GradientRule.truncatedBPTT`.
package struct TruncatedBPTT: RuleDefinition {
  /// k1, the number of steps between backward passes.
  package let every: Int
  /// k2, the number of steps of each backward pass.
  package let depth: Int
  package let deltaClip: Double?

  /// The error goes back through every step of a block, along every path.
  package var request: GradientRequest {
    GradientRequest(
      name: "Truncated BPTT", cut: .blocks(every: every, depth: depth),
      direction: .backward(.all(deltaClip: deltaClip)), limits: [.oneDirection])
  }

  package func validate() throws(GatewiseError) {
    try DeltaClip.validate(deltaClip)
    guard every >= 1, depth >= 1 else {
      throw .invalidArgument(
        "Truncated BPTT every \(every) steps, \(depth) deep, is not possible; both must be at least 1.")
    }
    guard depth >= every else {
      throw .invalidArgument(
        "Truncated BPTT every \(every) steps, \(depth) deep, loses the errors of \(every - depth) of them; the depth "
          + "must be at least \(every).")
    }
  }
}
