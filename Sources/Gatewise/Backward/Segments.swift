/// Some steps of a window, one after the other, that are in memory together.
struct Segment: Equatable {
  /// The first step.
  let start: Int
  /// How many steps there are.
  let steps: Int
  /// The number of the segment in its window.
  let index: Int
  /// Whether the window ends here.
  let isLast: Bool
}

/// How a window is cut: segments of `length` steps, the last of what is left; one without steps where the window has
/// none.
struct Segments: Equatable {
  /// The steps of the window that some sequence has.
  private let steps: Int
  /// The most steps of a segment.
  private let length: Int

  init(steps: Int, length: Int) {
    (self.steps, self.length) = (steps, max(1, length))
  }

  /// How many there are, at least one.
  var count: Int { Self.count(steps: steps, length: length) }

  /// How many segments of `length` steps, at least 1, a window of `steps` has.
  static func count(steps: Int, length: Int) -> Int { max(1, steps / length + (steps % length > 0 ? 1 : 0)) }

  subscript(index: Int) -> Segment {
    let start = index * length
    return Segment(start: start, steps: min(length, steps - start), index: index, isLast: index == count - 1)
  }
}
