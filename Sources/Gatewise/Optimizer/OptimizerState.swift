/// The state of an optimizer between updates. Together with the parameters it suffices to resume exactly.
package struct OptimizerState<S: Scalar>: Sendable, Equatable, Codable {
  /// The number of updates made so far.
  package var step: Int
  /// The moments, `[M, P]`: M vectors in the order of `Optimizer.momentNames`, each as long as the P parameters.
  package var moments: [S]

  /// Makes the state before the first update, with zero moments.
  package init(momentCount: Int, parameterCount: Int) {
    self.step = 0
    self.moments = Array(repeating: 0, count: momentCount * parameterCount)
  }

  /// Makes a state from its parts, for example from a file.
  package init(step: Int, moments: [S]) {
    self.step = step
    self.moments = moments
  }
}
