/// The result of one update.
package struct UpdateReport: Sendable, Equatable {
  /// The L2 norm of the gradient of all parameters that are not frozen, before clipping, summed in Double.
  package let gradientNorm: Double
  /// The base learning rate times the schedule's factor.
  package let learningRate: Double
  /// The number of updates so far, including this one.
  package let step: Int
  /// Whether the update was applied. It is skipped, and nothing changes, if the norm is NaN or infinite.
  package let isApplied: Bool
}

/// The update of parameters by clipping, schedule, groups and optimizer, with the state between updates.
///
/// The parameters belong to the model; this value holds the moments, `[M, P]`, and the number of updates. An update
/// allocates nothing and passes over memory once, after one pass over the gradients for their norm. A team shares the
/// work in pieces that do not depend on the number of threads, and neither do the bits of the result.
package struct ParameterUpdate<S: Scalar>: Sendable {
  /// The optimizer and its settings.
  package let optimizer: any Optimizer
  /// The schedule of the learning rate.
  package let schedule: Schedule
  /// The clipping of gradients, nil for none.
  package let clipping: Clipping?
  /// The groups of parameters with their own settings.
  package let groups: [ParameterGroup]
  /// P, the length of the flat vectors.
  package let parameterCount: Int
  /// The moments and the number of updates so far.
  package private(set) var state: OptimizerState<S>

  /// The parameters that are not frozen, divided into tasks, and each task's part of ‖g‖².
  private let pieces: [ParameterRun]
  private var squares: [Double]
  /// The size of a task: small enough for a dozen tasks in a small model, large enough for a low overhead per task.
  private static var pieceLength: Int { 16_384 }

  /// Makes an update of `parameterCount` parameters in the initial state.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if a setting is out of bounds, a group's range is outside the
  ///   parameters, or two ranges overlap; the optimizer's own error for a setting of its own.
  package init(
    optimizer: any Optimizer, schedule: Schedule = .constant, clipping: Clipping? = nil, groups: [ParameterGroup] = [],
    parameterCount: Int
  ) throws {
    guard parameterCount >= 0 else {
      throw GatewiseError.invalidArgument("The number of parameters must be at least 0, but is \(parameterCount).")
    }
    try optimizer.validate()
    try schedule.validate()
    try clipping?.validate()
    pieces = try ParameterRun.runs(of: groups, parameterCount: parameterCount)
      .flatMap { $0.pieces(length: Self.pieceLength) }
    squares = Array(repeating: 0, count: pieces.count)
    self.optimizer = optimizer
    self.schedule = schedule
    self.clipping = clipping
    self.groups = groups
    self.parameterCount = parameterCount
    self.state = OptimizerState(momentCount: optimizer.momentNames.count, parameterCount: parameterCount)
  }

  /// Restores a saved state.
  ///
  /// - Throws: `GatewiseError.shapeMismatch` if the moments do not have the optimizer's shape `[M, P]`, and
  ///   `GatewiseError.invalidArgument` if the number of updates is negative.
  package mutating func restore(_ state: OptimizerState<S>) throws(GatewiseError) {
    let momentCount = optimizer.momentNames.count
    guard state.moments.count == momentCount * parameterCount else {
      throw .shapeMismatch(
        name: "The saved moments of \(type(of: optimizer).name)", expected: [momentCount, parameterCount],
        found: [state.moments.count])
    }
    guard state.step >= 0 else {
      throw .invalidArgument("The saved number of updates is \(state.step), but it must be at least 0.")
    }
    self.state = state
  }

  /// Updates the parameters once. O(P), no allocation.
  ///
  /// A gradient whose norm is NaN or infinite is not applied: parameters, moments and the number of updates are
  /// unchanged, and `isApplied` of the report is false.
  ///
  /// - Parameters:
  ///   - gradients: `[P]`, read only; clipping does not modify them.
  ///   - parameters: `[P]`, updated in place; those in a frozen group stay bit-identical.
  ///   - team: the threads that share the work; nil uses the calling thread alone.
  ///   - learningRateScale: an additional factor of this update's learning rate, for rates that no `Schedule`
  ///     describes.
  /// - Precondition: both have P elements and do not overlap.
  package mutating func apply(
    gradients: UnsafeBufferPointer<S>, to parameters: UnsafeMutableBufferPointer<S>, team: ThreadTeam? = nil,
    learningRateScale: Double = 1
  ) -> UpdateReport {
    precondition(
      gradients.count == parameterCount && parameters.count == parameterCount,
      "\(gradients.count) gradients and \(parameters.count) parameters for an update of \(parameterCount)")
    let learningRate = optimizer.learningRate * schedule.factor(at: state.step) * learningRateScale
    guard let g = gradients.baseAddress, let theta = parameters.baseAddress else {
      state.step += 1
      return UpdateReport(gradientNorm: 0, learningRate: learningRate, step: state.step, isApplied: true)
    }
    let norm = norm(of: g, team: team)
    guard norm.isFinite else {
      return UpdateReport(gradientNorm: norm, learningRate: learningRate, step: state.step, isApplied: false)
    }

    state.step += 1
    let step = state.step
    let (optimizer, pieces, parameterCount, clipping) = (optimizer, pieces, parameterCount, clipping)
    state.moments.withUnsafeMutableBufferPointer { moments in
      pieces.withUnsafeBufferPointer { pieces in
        guard let first = pieces.baseAddress else { return }
        // An optimizer without moments has an empty buffer and never accesses it; any address is valid.
        let job = UpdateJob(
          optimizer: optimizer, pieces: first, parameters: theta, gradients: g, moments: moments.baseAddress ?? theta,
          parameterCount: parameterCount, learningRate: learningRate, number: step,
          gradientScale: S(clipping?.scale(norm: norm) ?? 1), gradientLimit: S(clipping?.limit ?? .infinity))
        team.run(job, tasks: pieces.count)
      }
    }
    return UpdateReport(gradientNorm: norm, learningRate: learningRate, step: step, isApplied: true)
  }

  /// Returns the L2 norm of the gradients of all pieces, whose sums are added in order.
  mutating func norm(of gradients: UnsafePointer<S>, team: ThreadTeam?) -> Double {
    let pieces = pieces
    squares.withUnsafeMutableBufferPointer { sums in
      pieces.withUnsafeBufferPointer { pieces in
        guard let first = pieces.baseAddress, let sums = sums.baseAddress else { return }
        team.run(SquaresJob(gradients: gradients, pieces: first, sums: sums), tasks: pieces.count)
      }
    }
    return squares.reduce(0, +).squareRoot()
  }
}
