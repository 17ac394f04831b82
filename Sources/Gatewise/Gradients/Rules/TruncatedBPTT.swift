/// Truncated BPTT (k1, k2): at every k1 steps, and at a sequence's end, the errors of the steps since the last such
/// point go back k2 steps at most. The state is carried on, whatever is cut.
///
/// The exact gradient of the sum, over those blocks, of the block's loss in the network whose state k2 steps back is a
/// constant; with k2 of all steps and more it is BPTT's. Where a block reaches the first step, the initial state gets
/// its error.
///
/// Cost: k2/k1 times the products of a forward and a backward pass, and the forward pass before them. Memory:
/// k2·N·(I + 6H) a layer, and the states at every k1 steps, T/k1·N·2H. Use it where credit over k2 steps is enough;
/// k1 = k2 is cheapest, and blind to what lies just before a block. Source: Williams & Peng 1990.
public struct TruncatedBPTT: GradientRule, Equatable {
  /// k1: the steps from one point to the next.
  package let every: Int
  /// k2: the most steps that an error goes back; at least k1.
  package let depth: Int

  /// The most that an element of δ_t may be, either way; nil clips nothing. A clipped gradient is no gradient.
  package let deltaClip: Double?

  /// The rule; its settings are checked where it is used.
  package init(every: Int, depth: Int, deltaClip: Double? = nil) {
    (self.every, self.depth, self.deltaClip) = (every, depth, deltaClip)
  }

  /// The error goes back through every step of a block, along every path.
  public var request: GradientRequest {
    GradientRequest(
      name: "Truncated BPTT", cut: .blocks(every: every, depth: depth),
      direction: .backward(.all(deltaClip: deltaClip)), limits: [.oneDirection])
  }

  /// - Throws: `GatewiseError.invalidArgument` where k1 or k2 is below 1, or k2 below k1, or the bound of deltas is
  ///   none.
  public func validate() throws(GatewiseError) {
    try DeltaClip.validate(deltaClip)
    guard every >= 1, depth >= 1 else {
      throw .invalidArgument("Truncated BPTT every \(every) steps, \(depth) deep, cannot be; both are at least 1.")
    }
    guard depth >= every else {
      throw .invalidArgument(
        "Truncated BPTT every \(every) steps, \(depth) deep, would lose the errors of \(every - depth) of them; the "
          + "depth is at least as many steps as lie between two points.")
    }
  }
}

extension GradientRule where Self == TruncatedBPTT {
  /// Truncated backpropagation through time; see ``TruncatedBPTT``.
  public static func truncatedBPTT(every: Int, depth: Int, deltaClip: Double? = nil) -> TruncatedBPTT {
    TruncatedBPTT(every: every, depth: depth, deltaClip: deltaClip)
  }
}
