/// What a loss compares the outputs with.
public enum TargetKind: Sendable {
  /// One class for each row.
  case classes
  /// K values for each row.
  case values
}

/// A function of a row of outputs and its target, to be minimized, with its slope.
///
/// A loss sees one row (the K outputs of one step of one sequence) at a time. Rows are evaluated in parallel, so a loss
/// is a pure function. The loss of a batch is the weighted mean over its rows,
///
///     E = Σ m w ℓ / Σ m w        m: the row's mask, w: the weight of its class, ℓ: the row's loss
///
/// which is what PyTorch computes with `reduction="mean"`. A loss of your own states ℓ and ∂ℓ/∂z; weights, masks and
/// the mean are applied to both:
///
///     struct AbsoluteError: Loss {
///       func evaluate<S: Scalar>(
///         _ outputs: Span<S>, values: Span<S>, class: Int, slope: inout MutableSpan<S>
///       ) -> S {
///         var sum: S = 0
///         for k in outputs.indices {
///           sum += abs(outputs[k] - values[k])
///           slope[k] = outputs[k] < values[k] ? -1 : 1
///         }
///         return sum
///       }
///     }
public protocol Loss: Sendable {
  /// What the outputs are compared with; values unless a loss says otherwise.
  var targetKind: TargetKind { get }

  /// Checks that this loss can judge rows of `outputSize` outputs. By default every number is accepted.
  func validate(outputSize: Int) throws

  /// Whether a class that comes from outside is one that `evaluate` and `weight(ofClass:)` take; by default one of the
  /// K outputs.
  func accepts(class index: Int, outputSize: Int) -> Bool

  /// The weight w of a class in the mean; by default 1. Rows of weight 0 are not evaluated.
  func weight(ofClass index: Int) -> Double

  /// Returns ℓ of one row and writes ∂ℓ/∂outputs. O(K).
  ///
  /// Mark implementations with `@specialized(where S == Float)` and the same for `Double` where K is large: the call
  /// goes through the protocol.
  ///
  /// - Parameters:
  ///   - outputs: the row's raw readout z, `[K]`.
  ///   - values: the row's target values, `[K]`; empty for losses on classes.
  ///   - class: the row's class; 0 for losses on values.
  ///   - slope: `[K]`, of which every element must be written.
  /// - Returns: ℓ; NaN or infinity if the outputs or the target contain one.
  func evaluate<S: Scalar>(
    _ outputs: Span<S>, values: Span<S>, class: Int, slope: inout MutableSpan<S>
  ) -> S
}

extension Loss {
  /// A loss on values.
  public var targetKind: TargetKind { .values }

  /// Any number of outputs goes with as many values.
  public func validate(outputSize: Int) throws {}

  /// The classes 0 ..< K.
  public func accepts(class index: Int, outputSize: Int) -> Bool { (0..<outputSize).contains(index) }

  /// 1
  public func weight(ofClass index: Int) -> Double { 1 }
}
