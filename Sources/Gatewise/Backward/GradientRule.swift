/// A way to differentiate: which paths through time and layers an error takes. A rule is a value that one passes in.
///
/// A rule takes the model and a pass over a window, never a trainer. Each says what it costs, what it keeps, when to use
/// it and where it comes from.
public protocol GradientRule: Sendable {
  /// The most steps that are in memory at once, over which the engine leads the error from the last to the first; nil
  /// where that is the whole window. A rule need not implement this.
  var _segment: Int? { get }

  /// How the error is truncated over time, for the one rule that does so. A rule need not implement this.
  var _truncation: TruncatedBPTT? { get }

  /// Checks that the rule can be followed for a model, and that what it keeps fits the memory.
  ///
  /// - Throws: `GatewiseError.invalidArgument` saying what is in the way.
  func _require(_ configuration: LSTMConfiguration, bytesPerNumber: Int) throws(GatewiseError)

  /// Numbers that the way back over so many rows takes beside what every rule has. A rule need not implement this.
  func _count(
    _ configuration: LSTMConfiguration, rows: Double, threads: Int, wantsInputError: Bool
  ) -> Double

  /// Checks the rule's settings. A rule without any need not implement this.
  ///
  /// - Throws: `GatewiseError.invalidArgument` naming the setting that cannot be.
  func validate() throws(GatewiseError)

  /// Sends the error of the loaded window, or segment, back. Called by the engine after a forward pass over it.
  func _backward<S: Scalar>(
    _ workspace: Workspace<S>, parameters: UnsafePointer<S>, gradients: UnsafeMutablePointer<S>, wantsInputError: Bool)
}

extension GradientRule {
  /// The whole window is in memory.
  public var _segment: Int? { nil }

  /// The error goes back to the first step.
  public var _truncation: TruncatedBPTT? { nil }

  /// Nothing is kept.
  public func _require(_ configuration: LSTMConfiguration, bytesPerNumber: Int) throws(GatewiseError) {}

  /// There is nothing else.
  public func _count(
    _ configuration: LSTMConfiguration, rows: Double, threads: Int, wantsInputError: Bool
  ) -> Double { 0 }

  /// There is no setting to check.
  public func validate() throws(GatewiseError) {}
}
