import ComplexModule
import Dispatch

/// Derivatives of the objective of a `ReferenceProblem` by the complex step,
///
///     ∂E/∂v = Im E(v + ih) / h + O(h²),    h = 1e-30
///
/// exact to rounding: no difference is taken, so nothing cancels, and h² is far below the last digit. E is that of the
/// network of `ReferenceProblem.rule`.
///
/// Source: W. Squire and G. Trapp, Using complex variables to estimate derivatives of real functions, SIAM Review 40
/// (1998) 110-112.
public enum ComplexStep {
  static let h = 1e-30

  /// Returns the derivatives of E with respect to every parameter, input, h0, c0 and g0; 0 for inputs on padding.
  ///
  /// Cost: one forward pass, in scalar loops on complex numbers, for each parameter, and one of a single sequence for
  /// each other variable; only the levels from the variable's own upward run. Uses all cores; the result does not
  /// depend on their number.
  public static func gradient(of problem: ReferenceProblem) -> ReferenceVariables {
    problem.places.split(derivatives(of: problem, at: Array(0..<problem.places.count)))
  }

  /// Returns the derivatives of E with respect to the given variables, in their order. Each must exist (precondition).
  ///
  /// Cost: as for the gradient, for these variables only.
  public static func derivatives(of problem: ReferenceProblem, by variables: [ReferenceVariable]) -> [Double] {
    derivatives(of: problem, at: variables.map(problem.places.index))
  }

  /// Returns the derivative of E along a direction over all variables, which must have the sizes of `problem.variables`
  /// (precondition): the dot product of the gradient and the direction. Entries on padding are ignored.
  ///
  /// Cost: two forward passes, in scalar loops on complex numbers.
  public static func derivative(of problem: ReferenceProblem, along direction: ReferenceVariables) -> Double {
    let (values, change) = (problem.variables.joined, direction.joined)
    precondition(values.count == change.count, "direction has \(change.count) entries for \(values.count) variables")
    var network = ScalarNetwork<Complex<Double>>(running: problem)
    network.variables = zip(values, change).map { Complex($0, h * $1) }
    return network.objective(sequences: 0..<problem.batchSize).imaginary / h
  }

  private static func derivatives(of problem: ReferenceProblem, at indices: [Int]) -> [Double] {
    let base = ScalarNetwork<Complex<Double>>(running: problem)
    var results = [Double](repeating: 0, count: indices.count)
    results.withUnsafeMutableBufferPointer { buffer in
      // Each entry is written once, by the only iteration with its position.
      nonisolated(unsafe) let results = buffer
      let strands = min(indices.count, 64)
      DispatchQueue.concurrentPerform(iterations: strands) { strand in
        for position in stride(from: strand, to: indices.count, by: strands) {
          results[position] = derivative(from: base, at: indices[position])
        }
      }
    }
    return results
  }

  /// Returns the derivative with respect to one variable. Values that the variable cannot change are taken from `base`,
  /// the run at the problem's variables: the levels below and, for an input or an initial state, the other sequences.
  private static func derivative(from base: ScalarNetwork<Complex<Double>>, at index: Int) -> Double {
    let (lowest, sequences) = base.problem.places.reach(of: index)
    var network = base
    network.variables[index].imaginary = h
    return network.objective(from: lowest, sequences: sequences).imaginary / h
  }
}
