import Gatewise

/// A block of truncated BPTT: the errors of some steps, which go back together, and how far.
///
/// A block ends at every multiple of k1 steps, and with the last step. Its errors are those of the steps since the block
/// before it; they go back through k2 steps, or to the first. What lies before is recorded: a constant to the block.
public struct ErrorBlock: Hashable, Sendable {
  /// Its number, from 1.
  public let number: Int
  /// The steps whose errors it sends back.
  public let errors: ClosedRange<Int>
  /// The steps that these go through.
  public let steps: ClosedRange<Int>

  /// The step whose state is in front of the block; 0 is the initial state.
  public var stepBefore: Int { steps.lowerBound - 1 }
  /// Whether there are steps that the block's errors do not reach.
  public var isCut: Bool { stepBefore > 0 }

  /// The blocks of a rule, which must be valid, over T steps, the earliest first.
  static func all(_ rule: TruncatedBPTT, steps: Int) -> [ErrorBlock] {
    let ends = Array(stride(from: rule.every, to: steps, by: rule.every)) + [steps]
    return ends.enumerated().map { index, end in
      ErrorBlock(
        number: index + 1, errors: index * rule.every + 1...end, steps: max(1, end - rule.depth + 1)...end)
    }
  }
}

extension ErrorBlock {
  /// What it sends back, and how far, in one sentence.
  var words: Prose {
    let way: Prose =
      isCut
      ? """
      through \(Self.list(steps)). There they end: the state of step \(stepBefore) is recorded, and a constant to this \
      block.
      """
      : "through \(Self.list(steps)), to the initial state: nothing is cut."
    return "The errors of \(Self.list(errors)) go back " + way
  }

  /// `step 5`, or `steps 3 to 5`.
  static func list(_ steps: ClosedRange<Int>) -> String {
    steps.count == 1 ? "step \(steps.lowerBound)" : "steps \(steps.lowerBound) to \(steps.upperBound)"
  }
}
