import Gatewise

/// A block of truncated BPTT: the errors of some steps, which go back together.
///
/// A block ends at every multiple of k1 steps, and at the last step. Its errors are those of the steps since the
/// previous block; they go back through k2 steps, or to the first step. Earlier states are recorded constants.
public struct ErrorBlock: Hashable, Sendable {
  /// The number of the block, from 1.
  public let number: Int
  /// The steps whose errors the block sends back.
  public let errors: ClosedRange<Int>
  /// The steps that these errors pass through.
  public let steps: ClosedRange<Int>

  /// The step of the state before the block; 0 is the initial state.
  public var stepBefore: Int { steps.lowerBound - 1 }
  /// Whether there are steps that the block's errors do not reach.
  public var isCut: Bool { stepBefore > 0 }

  /// The blocks of a rule, which must be valid, over T steps, in order.
  static func all(_ rule: TruncatedBPTT, steps: Int) -> [ErrorBlock] {
    let ends = Array(stride(from: rule.every, to: steps, by: rule.every)) + [steps]
    return ends.enumerated().map { index, end in
      ErrorBlock(
        number: index + 1, errors: index * rule.every + 1...end, steps: max(1, end - rule.depth + 1)...end)
    }
  }
}

extension ErrorBlock {
  /// The errors of the block and how far they go, in one sentence.
  var words: Prose {
    let way: Prose =
      isCut
      ? """
      through \(Self.list(steps)). There they end: the state of step \(stepBefore) is recorded, and a constant for \
      this block.
      """
      : "through \(Self.list(steps)), to the initial state: nothing is cut."
    return "The errors of \(Self.list(errors)) go back " + way
  }

  /// `step 5`, or `steps 3 to 5`.
  static func list(_ steps: ClosedRange<Int>) -> String {
    steps.count == 1 ? "step \(steps.lowerBound)" : "steps \(steps.lowerBound) to \(steps.upperBound)"
  }
}
