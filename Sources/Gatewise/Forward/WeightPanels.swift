/// Memory for packed weights, with word of what lies in it.
final class WeightPanels<S: Scalar> {
  /// One matrix as it was packed.
  struct Content: Equatable {
    /// Where the layer's weights begin among the parameters, which tells layers apart.
    let layer: Int
    let version: ParameterVersion
    /// I, or 0 where no product needs W.
    let inputs: Int
  }

  private let buffer = ReservedBuffer<S>()
  /// nil where it is something that nobody looks for a second time.
  var content: Content?

  /// Room for `count` numbers.
  func reserve(_ count: Int) -> UnsafeMutablePointer<S> { buffer.reserve(count) }
}
