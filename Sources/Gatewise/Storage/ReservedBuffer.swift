/// Memory that is allocated on first use and then kept, for buffers that not every pass needs.
final class ReservedBuffer<Element: BitwiseCopyable> {
  private var buffer = AlignedBuffer<Element>(count: 0)

  /// Returns the start of memory for at least `count` elements. Growing it discards the old content.
  func reserve(_ count: Int) -> UnsafeMutablePointer<Element> {
    if buffer.count < count {
      // Free the old buffer first, so that there are never two.
      buffer = AlignedBuffer(count: 0)
      buffer = AlignedBuffer(count: count)
    }
    return buffer.base
  }
}
