/// Memory that is made when somebody asks for it, and then stays: for what not every pass needs.
final class ReservedBuffer<Element: BitwiseCopyable> {
  private var buffer = AlignedBuffer<Element>(count: 0)

  /// The beginning; what was there is lost where there was no room for `count` elements.
  func reserve(_ count: Int) -> UnsafeMutablePointer<Element> {
    if buffer.count < count {
      // What is there goes first, so that there are never two.
      buffer = AlignedBuffer(count: 0)
      buffer = AlignedBuffer(count: count)
    }
    return buffer.base
  }
}
