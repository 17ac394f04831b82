/// Lines that are evaluated together, step by step.
public struct Section: Sendable {
  /// The topic of the lines.
  public let title: String
  /// An introduction, if the lines need one.
  public var intro: Prose?
  /// The order of steps in which the lines are evaluated.
  public let order: Order
  /// The steps of the lines, over which their sums run; nil means 1 to T.
  public var steps: ClosedRange<Int>?
  /// The lines, each after those of the same step that it uses.
  public var lines: [Line]

  /// An order of steps.
  public enum Order: Sendable {
    /// From the first step to the last.
    case forward
    /// From the last step to the first.
    case backward
  }
}
