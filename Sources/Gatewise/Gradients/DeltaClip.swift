/// Bounds of the deltas: where a rule has them, every element of δ_t is brought within ±`deltaClip` before anything is
/// made of it, the gradients of the weights, the error of the step before and that of the layer below.
///
/// What a sum of clipped terms is, is the gradient of nothing: it keeps training steady, and cannot be checked against
/// differences. Source: Graves' RNNLIB, and `grad_clipping` of Lasagne.
enum DeltaClip {
  /// - Throws: `GatewiseError.invalidArgument` where the bound is none.
  static func validate(_ bound: Double?) throws(GatewiseError) {
    guard let bound, !(bound > 0) else { return }
    throw .invalidArgument("Deltas cannot be clipped to \(bound); the bound is above 0.")
  }
}
