/// What an update did.
public struct UpdateReport: Sendable, Equatable {
  /// The L2 norm of the gradient of all parameters that are not frozen, before clipping, summed in Double.
  public let gradientNorm: Double
  /// The base learning rate times the schedule's factor.
  public let learningRate: Double
  /// The number of updates made so far, this one included.
  public let step: Int
  /// False where the norm is NaN or infinite; the update was then left out, and nothing has changed.
  public let isApplied: Bool
}

/// One update after another: clipping, schedule, groups and optimizer together, with what is remembered in between.
///
/// The parameters themselves belong to the model; this value holds the moments, `[M, P]`, and the count of updates.
/// An update allocates nothing and passes over memory once, after one pass over the gradients for their norm. A team
/// shares the work in pieces that do not depend on the number of threads, and neither does any bit of the result.
public struct ParameterUpdate<S: Scalar>: Sendable {
  /// The rule and its settings.
  public let optimizer: any Optimizer
  /// How the learning rate changes over the updates.
  public let schedule: Schedule
  /// How gradients are bounded; nil leaves them alone.
  public let clipping: Clipping?
  /// Parameters that are treated apart.
  public let groups: [ParameterGroup]
  /// P, the length of the flat vectors.
  public let parameterCount: Int
  /// The moments and the number of updates made.
  public private(set) var state: OptimizerState<S>

  /// What moves, cut into tasks for a team, and each one's share of ‖g‖².
  private let pieces: [ParameterRun]
  private var squares: [Double]
  /// Small enough for a dozen tasks in a small model, large enough to make handing out tasks cheap.
  private static var pieceLength: Int { 16_384 }

  /// An update of `parameterCount` parameters with nothing remembered yet.
  ///
  /// - Throws: `GatewiseError.invalidArgument` where a setting is out of bounds, a group's range lies outside the
  ///   parameters, or two ranges overlap.
  public init(
    optimizer: any Optimizer, schedule: Schedule = .constant, clipping: Clipping? = nil, groups: [ParameterGroup] = [],
    parameterCount: Int
  ) throws(GatewiseError) {
    guard parameterCount >= 0 else {
      throw .invalidArgument("An update of \(parameterCount) parameters was asked for; the count must be at least 0.")
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

  /// Goes on from a saved state.
  ///
  /// - Throws: `GatewiseError.shapeMismatch` where the moments are not the optimizer's `[M, P]`, and
  ///   `GatewiseError.invalidArgument` where the number of updates is negative.
  public mutating func restore(_ state: OptimizerState<S>) throws(GatewiseError) {
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

  /// Changes the parameters by one update. O(P), no allocation.
  ///
  /// A gradient whose norm is NaN or infinite is not applied: parameters, moments and the count of updates stay as they
  /// are, and the report says so.
  ///
  /// - Parameters:
  ///   - gradients: `[P]`, read only; clipping happens on the way.
  ///   - parameters: `[P]`, changed in place; those in a frozen group keep their bits.
  ///   - team: the threads that share the work; nil leaves it to the caller's.
  ///   - learningRateScale: a factor of this update's learning rate, for a rate that no schedule of updates describes.
  /// - Precondition: both have P elements and do not overlap.
  public mutating func apply(
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
        // A rule that remembers nothing has an empty buffer and asks for no moment; any address will do.
        let job = UpdateJob(
          optimizer: optimizer, pieces: first, parameters: theta, gradients: g, moments: moments.baseAddress ?? theta,
          parameterCount: parameterCount, learningRate: learningRate, step: step,
          gradientScale: S(clipping?.scale(norm: norm) ?? 1), gradientLimit: S(clipping?.limit ?? .infinity))
        team.run(job, tasks: pieces.count)
      }
    }
    return UpdateReport(gradientNorm: norm, learningRate: learningRate, step: step, isApplied: true)
  }

  /// The L2 norm of the gradients of all pieces, whose shares are added in their order.
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
