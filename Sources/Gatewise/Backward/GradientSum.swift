/// sum += gradient, over all parameters. One task is a block of them; every parameter's sum runs in the order of the
/// calls.
struct GradientSum<S: Scalar>: TeamJob, @unchecked Sendable {
  private static var parametersPerTask: Int { 1 << 15 }

  /// P
  let count: Int
  /// `[P]`
  let gradient: UnsafePointer<S>
  /// `[P]`
  let sum: UnsafeMutablePointer<S>
  let add: @Sendable (Int, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void

  var tasks: Int { (count + Self.parametersPerTask - 1) / Self.parametersPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * Self.parametersPerTask
    add(min(Self.parametersPerTask, count - first), gradient + first, sum + first)
  }
}
