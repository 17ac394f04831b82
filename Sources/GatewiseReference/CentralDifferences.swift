/// Derivatives of the objective of a `ReferenceProblem` by central differences in Double, accurate to about 1e-9: an
/// independent check that the complex step was applied to the right function. It reruns the whole network for every
/// variable and uses none of the shortcuts of `ComplexStep`.
public enum CentralDifferences {
  /// The cube root of the rounding unit balances the error of the formula, h², and that of the subtraction, 1/h.
  static let h = 6e-6

  /// Returns the derivatives of E with respect to every parameter, input, h0, c0 and g0; 0 for inputs on padding.
  ///
  /// Cost: two forward passes for each variable.
  public static func gradient(of problem: ReferenceProblem) -> ReferenceVariables {
    problem.places.split(derivatives(of: problem, at: Array(0..<problem.places.count)))
  }

  /// Returns the derivatives of E with respect to the given variables, in their order. Each must exist (precondition).
  ///
  /// Cost: two forward passes for each variable.
  public static func derivatives(of problem: ReferenceProblem, by variables: [ReferenceVariable]) -> [Double] {
    derivatives(of: problem, at: variables.map(problem.places.index))
  }

  private static func derivatives(of problem: ReferenceProblem, at indices: [Int]) -> [Double] {
    let values = problem.variables.joined
    let base = ScalarNetwork<Double>(running: problem)
    return indices.map { index in
      let value = values[index]
      guard value.isFinite else { return 0 }  // Only padding, which is never read, may hold NaN.
      func objective(at changed: Double) -> Double {
        var network = base
        network.variables[index] = changed
        return network.objective(sequences: 0..<problem.batchSize)
      }
      let (above, below) = (value + h * max(1, abs(value)), value - h * max(1, abs(value)))
      return (objective(at: above) - objective(at: below)) / (above - below)
    }
  }
}
