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

  private var buffer = AlignedBuffer<S>(count: 0)
  /// nil where it is something that nobody looks for a second time.
  var content: Content?

  var base: UnsafeMutablePointer<S> { buffer.base }

  /// Makes room for `count` numbers; what was there is lost where there was none.
  func reserve(_ count: Int) {
    guard buffer.count < count else { return }
    content = nil
    buffer = AlignedBuffer(count: 0)
    buffer = AlignedBuffer(count: count)
  }
}
