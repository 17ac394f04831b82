extension GradientRule {
  /// Backpropagation through time: the exact gradient of the whole window.
  ///
  /// Cost: twice the products of the forward pass. Memory: T·N·(I + 6H) per layer. Use it if the window fits in
  /// memory. Source: Werbos 1990; for the LSTM with all its paths, Graves & Schmidhuber 2005. Equations: the section
  /// Backward of <doc:Equations>.
  ///
  /// If the window does not fit, use segments of k steps: only the states between segments are kept, and on the way
  /// back the forward pass of each segment runs once more. Memory: k·N·(I + 6H) + T/k·N·2H per layer, which grows as
  /// √T if k is about √T; see <doc:MemoryLayout>. Cost: one more forward pass. The gradient is the same except for the
  /// rounding of the sum over segments. Source: Chen, Xu, Zhang & Guestrin 2016; for recurrent networks, Gruslys et al.
  /// 2016.
  ///
  /// - Parameters:
  ///   - segment: k, at least 1; nil keeps the whole window in memory.
  ///   - deltaClip: the bound of every δ, above 0; nil for none. With a bound, the result is no longer a gradient.
  public static func bptt(segment: Int? = nil, deltaClip: Double? = nil) -> GradientRule {
    GradientRule(BPTT(segment: segment, deltaClip: deltaClip))
  }
}

/// The definition of `GradientRule.bptt`.
package struct BPTT: RuleDefinition {
  /// k, the number of steps whose gates are in memory at once; nil for the whole window.
  package let segment: Int?
  package let deltaClip: Double?

  /// The error goes back through every step, along every path.
  package var request: GradientRequest {
    GradientRequest(
      name: segment == nil ? "BPTT" : "BPTT in segments", cut: segment.map { .segments(steps: $0) } ?? .whole,
      direction: .backward(.all(deltaClip: deltaClip)), limits: segment == nil ? [] : [.oneDirection])
  }

  package func validate() throws(GatewiseError) {
    try DeltaClip.validate(deltaClip)
    guard let segment, segment < 1 else { return }
    throw .invalidArgument("BPTT needs segments of at least 1 step, but they have \(segment).")
  }
}
