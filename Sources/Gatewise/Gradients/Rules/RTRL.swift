/// Exact real-time recurrent learning: the derivatives of every layer's state by every parameter run forward in time,
/// and the gradient is what each step's error makes of them. It equals BPTT's but for rounding.
///
/// Cost: 8H³(I + H + 1) multiplications a step and sequence for a layer by its own parameters, since the columns of the
/// Jacobian that belong to c are diagonal, and twice that for every layer above it, which reads the layer below.
/// Memory: 8H²(I + H + 1) numbers for a layer by its own parameters, 2H numbers a parameter for every layer above; one
/// sequence at a time. Use it to see the exact gradient without a way back through time, or as a proof of another rule;
/// for training, BPTT costs a small fraction. The error of the input, where it is asked for, is BPTT's. Source:
/// Williams & Zipser 1989.
public struct RTRL: GradientRule, Equatable {
  /// The rule.
  package init() {}

  /// The derivatives of all states go forward.
  public var request: GradientRequest {
    GradientRequest(name: "Exact RTRL", direction: .forward, limits: [.oneDirection, .plainLayers])
  }
}

extension GradientRule where Self == RTRL {
  /// Exact real-time recurrent learning; see ``RTRL``.
  public static var rtrl: RTRL { RTRL() }
}
