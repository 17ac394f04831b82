@testable import Gatewise

/// A small problem whose gradient depends on the parameters, so that an error of one update grows in the next.
///
///     θ_0 = (0.5, -1.25, 2, -1/32),    g_j = θ_j / 2 + (-1)ᵗ (j+1) / (4 (t+1)),    t = 0, 1, …
///
/// The figures in these tests are from PyTorch 2.13 in float64 on the same problem.
struct Trajectory<S: Scalar> {
  var parameters: [S] = [0.5, -1.25, 2, -0.03125]
  var reports: [UpdateReport] = []

  /// Runs ten updates.
  init(_ update: inout ParameterUpdate<S>, updates: Int = 10) {
    run(&update, updates: 0..<updates)
  }

  mutating func run(_ update: inout ParameterUpdate<S>, updates: Range<Int>) {
    for t in updates {
      let sign: S = t.isMultiple(of: 2) ? 1 : -1
      var gradients: [S] = []
      for j in 0..<4 { gradients.append(parameters[j] / 2 + sign * S(j + 1) / S(4 * (t + 1))) }
      reports.append(update.apply(gradients, to: &parameters))
    }
  }
}

extension ParameterUpdate {
  /// Applies an update to arrays.
  mutating func apply(_ gradients: [S], to parameters: inout [S]) -> UpdateReport {
    gradients.withView { gradients in parameters.withMutableView { apply(gradients: gradients, to: $0) } }
  }
}

/// max|a-b| / max|b|, the relative difference of CONTRIBUTING.
func relativeDifference<S: Scalar>(_ found: [S], _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  let largest = expected.map(abs).max() ?? 1
  return zip(found, expected).map { abs(Double($0) - $1) }.max()! / largest
}
