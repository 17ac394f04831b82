/// The job that computes Σ g², with one task per piece.
struct SquaresJob<S: Scalar>: TeamJob, @unchecked Sendable {
  let gradients: UnsafePointer<S>
  let pieces: UnsafePointer<ParameterRun>
  let sums: UnsafeMutablePointer<Double>

  func callAsFunction(_ task: Int) {
    let range = pieces[task].range
    sums[task] = sumOfSquares(gradients + range.lowerBound, count: range.count)
  }
}

/// The job that applies the optimizer's update, with one task per piece.
struct UpdateJob<S: Scalar>: TeamJob, @unchecked Sendable {
  let optimizer: any Optimizer
  let pieces: UnsafePointer<ParameterRun>
  let parameters: UnsafeMutablePointer<S>
  let gradients: UnsafePointer<S>
  let moments: UnsafeMutablePointer<S>
  let parameterCount: Int
  let learningRate: Double
  /// The number of the update, 1 for the first.
  let number: Int
  let gradientScale: S
  let gradientLimit: S

  func callAsFunction(_ task: Int) {
    let piece = pieces[task]
    let start = piece.range.lowerBound
    optimizer.update(
      UpdateSegment(
        count: piece.range.count, parameters: UpdateVector(base: parameters + start),
        learningRate: learningRate * piece.learningRateScale, weightDecay: piece.weightDecay ?? optimizer.weightDecay,
        number: number, gradients: UpdateVector(base: UnsafeMutablePointer(mutating: gradients + start)),
        gradientScale: gradientScale, gradientLimit: gradientLimit, moments: UpdateVector(base: moments + start),
        momentStride: parameterCount))
  }
}
