/// The clipping of parameter gradients before an update.
///
/// It is independent of the clips inside the network (`preActivationClip`, `cellClip`, `deltaClip`).
public enum Clipping: Sendable, Equatable, Codable {
  /// `clipNorm`: if the L2 norm ‖g‖ of the whole gradient exceeds the bound, all of it is multiplied by
  /// bound / (‖g‖ + 1e-6), as `torch.nn.utils.clip_grad_norm_` does (Pascanu, Mikolov & Bengio 2013).
  case norm(Double)
  /// `clipValue`: every element is limited to -bound...bound, as `torch.nn.utils.clip_grad_value_` does.
  case value(Double)

  /// Checks the bound.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if the bound is not above 0. An infinite bound is allowed and has no
  ///   effect.
  package func validate() throws(GatewiseError) {
    switch self {
    case .norm(let bound): try require(bound > 0, "bound of clipNorm", bound, "above 0")
    case .value(let bound): try require(bound > 0, "bound of clipValue", bound, "above 0")
    }
  }

  /// Returns the factor of every element of a gradient of norm `norm`, 1 if nothing is clipped.
  func scale(norm: Double) -> Double {
    switch self {
    // 1e-6 and the order of operations are PyTorch's; the clipped norm is therefore about 1e-6 below the bound.
    case .norm(let bound): Swift.min(bound / (norm + 1e-6), 1)
    case .value: 1
    }
  }

  /// The largest magnitude of an element.
  var limit: Double {
    switch self {
    case .norm: .infinity
    case .value(let bound): bound
    }
  }
}

/// Returns Σ x², accumulated in Double in one fixed order.
///
/// It keeps eight partial sums, since the additions to a single sum would depend on each other.
@specialized(where S == Float)
@specialized(where S == Double)
func sumOfSquares<S: Scalar>(_ x: UnsafePointer<S>, count: Int) -> Double {
  var sums = SIMD8<Double>.zero
  let blocks = count / 8
  for block in 0..<blocks {
    var lane = SIMD8<Double>.zero
    for j in 0..<8 { lane[j] = Double(x[8 * block + j]) }
    sums += lane * lane
  }
  var sum = sums.sum()
  for j in (8 * blocks)..<count { sum += Double(x[j]) * Double(x[j]) }
  return sum
}
