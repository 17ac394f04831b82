/// Backpropagation through time: the exact gradient of the whole window.
///
/// Cost: twice the products of the forward pass. Memory: T·N·(I + 6H) a layer. Use it wherever the window fits the
/// memory. Source: Werbos 1990; for the LSTM with all its paths, Graves & Schmidhuber 2005.
/// Equations: the section Backward of the book's article.
///
/// Where the window does not fit, a segment of k steps does: of the others only the states between segments are kept,
/// and on the way back each segment runs forward once more. Memory: k·N·(I + 6H) + T/k·N·2H a layer, which with k about
/// √T grows as √T; see <doc:MemoryLayout>. Cost: one more forward pass. The gradient is the same but for the rounding
/// of the sum over segments. Source: Chen, Xu, Zhang & Guestrin 2016; for recurrent networks Gruslys et al. 2016.
public struct BPTT: GradientRule, Equatable {
  /// k: the most steps whose gates are in memory at once; nil is the whole window.
  package let segment: Int?

  /// The most that an element of δ_t may be, either way; nil clips nothing. A clipped gradient is no gradient.
  package let deltaClip: Double?

  /// The rule; its settings are checked where it is used.
  ///
  /// - Parameters:
  ///   - segment: at least 1; nil, or the number of steps and more, keeps the whole window in memory.
  ///   - deltaClip: above 0, or nil.
  package init(segment: Int? = nil, deltaClip: Double? = nil) { (self.segment, self.deltaClip) = (segment, deltaClip) }

  /// The error goes back through every step, along every path.
  public var request: GradientRequest {
    GradientRequest(
      name: segment == nil ? "BPTT" : "BPTT in segments", cut: segment.map { .segments(steps: $0) } ?? .whole,
      direction: .backward(.all(deltaClip: deltaClip)), limits: segment == nil ? [] : [.oneDirection])
  }

  /// - Throws: `GatewiseError.invalidArgument` where the segment has less than one step, or the bound of deltas is
  ///   none.
  public func validate() throws(GatewiseError) {
    try DeltaClip.validate(deltaClip)
    guard let segment, segment < 1 else { return }
    throw .invalidArgument("BPTT in segments of \(segment) steps cannot be; a segment has at least 1.")
  }
}

extension GradientRule where Self == BPTT {
  /// Backpropagation through time; see ``BPTT``.
  ///
  /// - Parameters:
  ///   - segment: the number of steps whose forward pass is computed again at a time; nil keeps the whole window.
  ///   - deltaClip: the bound of every δ; nil for none.
  public static func bptt(segment: Int? = nil, deltaClip: Double? = nil) -> BPTT {
    BPTT(segment: segment, deltaClip: deltaClip)
  }
}
