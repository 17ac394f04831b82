/// Lines that are evaluated together, step by step.
public struct Section: Sendable {
  /// What its lines are about.
  public let title: String
  /// What stands before the lines, where they need it.
  public var intro: Prose?
  /// In which order its lines go through the steps.
  public let order: Order
  /// The steps that its lines are of, and their sums run over; nil is 1 to T.
  public var steps: ClosedRange<Int>?
  /// The lines, each after those of the same step that it is made of.
  public var lines: [Line]

  /// An order of steps.
  public enum Order: Sendable {
    /// From the first step to the last.
    case forward
    /// From the last step to the first.
    case backward
  }
}
