/// Some consecutive steps of a window that are in memory together.
struct Segment: Equatable {
  /// The first step.
  let start: Int
  /// The number of steps.
  let steps: Int
  /// The number of the segment in its window.
  let index: Int
  /// Whether the window ends here.
  let isLast: Bool

  var range: Range<Int> { start..<start + steps }
}

/// The division of a window into segments of `length` steps, the last with the rest; one without steps if the window
/// has none.
struct Segments: Equatable {
  /// The steps of the window that some sequence has.
  private let steps: Int
  /// The maximum number of steps of a segment.
  private let length: Int

  init(steps: Int, length: Int) {
    (self.steps, self.length) = (steps, max(1, length))
  }

  /// The number of segments, at least 1.
  var count: Int { Self.count(steps: steps, length: length) }

  /// Returns the number of segments of `length` steps, at least 1, of a window of `steps`.
  static func count(steps: Int, length: Int) -> Int { max(1, steps / length + (steps % length > 0 ? 1 : 0)) }

  subscript(index: Int) -> Segment {
    let start = index * length
    return Segment(start: start, steps: min(length, steps - start), index: index, isLast: index == count - 1)
  }
}

/// The steps of a window of T steps that a rule's request keeps in memory.
struct WindowCut {
  /// T
  let steps: Int
  /// The steps that the engine holds at a time.
  let held: Int
  /// The maximum number of steps of a segment.
  let segment: Int

  init(_ request: GradientRequest, steps: Int) {
    self.steps = steps
    switch request.cut {
    case .whole: (held, segment) = (steps, steps)
    case .segments(let length): (held, segment) = (min(steps, length), min(steps, length))
    case .blocks(let every, let depth): (held, segment) = (min(steps, depth), min(steps, depth, every))
    }
  }

  /// Whether a window of the most steps has more than one segment.
  var isInParts: Bool { segment < steps }

  /// The number of saved states: in front of every segment, and after the last.
  var places: Int { isInParts ? Segments.count(steps: steps, length: segment) + 1 : 0 }
}
