/// What a row of outputs should have been: a class, or K values.
///
/// A row is one step of one sequence, K outputs. The pointer is borrowed for the length of one call.
public struct Target<S: Scalar> {
  /// The class, 0..<K or the loss's ignored index; read by losses whose `targetKind` is `.classes`.
  public let classIndex: Int32
  /// The K values; read by losses whose `targetKind` is `.values`.
  public let values: UnsafePointer<S>?

  /// A row that belongs to a class.
  public init(classIndex: Int32) {
    self.classIndex = classIndex
    self.values = nil
  }

  /// A row with K values, in the unit of the outputs or probabilities, as the loss says.
  public init(values: UnsafePointer<S>) {
    self.classIndex = 0
    self.values = values
  }
}

/// What a loss compares the outputs with.
public enum TargetKind: String, Sendable, Codable {
  /// One class for each row.
  case classes
  /// K values for each row.
  case values
}

/// How far a row of outputs is from its target, and the slope of that.
///
/// A loss sees one row (K outputs of one step of one sequence) at a time; rows are evaluated in parallel, so a loss is
/// a pure function and allocates nothing. The loss of a batch is the weighted mean over its rows,
///
///     E = Σ m w ℓ / Σ m w        m: the row's mask, w: `weight(of:)`, ℓ: the row's loss
///
/// which is what PyTorch computes with `reduction="mean"`. The caller forms both sums, multiplies by the mask and
/// passes `scale` = m / Σ m w.
public protocol Loss: Sendable {
  /// Which part of a `Target` this loss reads.
  var targetKind: TargetKind { get }

  /// Checks that this loss can judge rows of `outputSize` outputs.
  func validate(outputSize: Int) throws(GatewiseError)

  /// Checks a class that comes from outside, before `evaluate` sees it. Losses on values need not implement this.
  ///
  /// - Parameters:
  ///   - classIndex: the row's class.
  ///   - outputSize: K.
  ///   - step: the row's time step, for the message.
  ///   - sequence: the row's sequence in the batch, for the message.
  /// - Throws: `GatewiseError.invalidArgument` where the class is neither one of the K outputs nor ignored.
  func validate(classIndex: Int32, outputSize: Int, step: Int, sequence: Int) throws(GatewiseError)

  /// What a row counts in the mean: its class's weight, 0 for the ignored index, else 1.
  func weight<S: Scalar>(of target: Target<S>) -> S

  /// The weighted loss w ℓ of one row and, where asked for, scale · ∂(w ℓ)/∂outputs. O(K).
  ///
  /// - Parameters:
  ///   - outputs: the row's raw readout, `[K]`.
  ///   - count: K, at least 1.
  ///   - target: the row's target, validated.
  ///   - scale: a factor of the gradient, not of the result.
  ///   - gradient: `[K]`, every element of which is written (zeros where the weight is 0); may be `outputs` or
  ///     `scratch` itself; nil where only the loss is wanted.
  ///   - scratch: `[K]`, overwritten; not `outputs`.
  ///   - kernels: the vector kernels of the caller.
  /// - Returns: w ℓ; NaN or infinity where the outputs or the target hold one.
  func evaluate<S: Scalar>(
    outputs: UnsafePointer<S>, count: Int, target: Target<S>, scale: S, gradient: UnsafeMutablePointer<S>?,
    scratch: UnsafeMutablePointer<S>, kernels: Kernels<S>
  ) -> S
}

extension Loss {
  /// Values need no check: any number of outputs goes with as many values.
  public func validate(outputSize: Int) throws(GatewiseError) {}

  /// A loss on values reads no class.
  public func validate(classIndex: Int32, outputSize: Int, step: Int, sequence: Int) throws(GatewiseError) {}

  /// Every row counts the same.
  public func weight<S: Scalar>(of target: Target<S>) -> S { 1 }
}
