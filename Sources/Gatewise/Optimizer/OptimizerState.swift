/// What an optimizer remembers between updates; with the parameters, all that a checkpoint needs to go on exactly.
public struct OptimizerState<S: Scalar>: Sendable, Equatable, Codable {
  /// The number of updates made so far.
  public var step: Int
  /// The moments, `[M, P]`: M vectors in the order of `Optimizer.momentNames`, each as long as the P parameters.
  public var moments: [S]

  /// The state before the first update: zeros.
  public init(momentCount: Int, parameterCount: Int) {
    self.step = 0
    self.moments = Array(repeating: 0, count: momentCount * parameterCount)
  }

  /// A state from its parts, for example from a file.
  public init(step: Int, moments: [S]) {
    self.step = step
    self.moments = moments
  }
}
