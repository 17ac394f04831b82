#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

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
  mutating func apply(
    gradients: VectorView<S>, to parameters: VectorView<S>, team: ThreadTeam? = nil, learningRateScale: Double = 1
  ) -> UpdateReport {
    precondition(
      gradients.count == parameterCount && parameters.count == parameterCount,
      "\(gradients.count) gradients and \(parameters.count) parameters for an update of \(parameterCount)")
    let learningRate = optimizer.learningRate * schedule.factor(at: state.step) * learningRateScale
    let norm = norm(of: gradients, team: team)
    guard norm.isFinite else {
      return UpdateReport(gradientNorm: norm, learningRate: learningRate, step: state.step, isApplied: false)
    }

    state.step += 1
    let step = state.step
    let (optimizer, pieces, parameterCount, clipping) = (optimizer, pieces, parameterCount, clipping)
    state.moments.withMutableView { moments in
      let job = UpdateJob(
        optimizer: optimizer, pieces: pieces, parameters: parameters, gradients: gradients, moments: moments,
        parameterCount: parameterCount, learningRate: learningRate, number: step,
        gradientScale: S(clipping?.scale(norm: norm) ?? 1), gradientLimit: S(clipping?.limit ?? .infinity))
      team.run(job, tasks: pieces.count)
    }
    return UpdateReport(gradientNorm: norm, learningRate: learningRate, step: step, isApplied: true)
  }

  /// Returns the L2 norm of the gradients of all pieces, whose sums are added in order.
  mutating func norm(of gradients: VectorView<S>, team: ThreadTeam?) -> Double {
    let pieces = pieces
    squares.withMutableView {
      team.run(SquaresJob(gradients: gradients, pieces: pieces, sums: $0), tasks: pieces.count)
    }
    return squares.reduce(0, +).squareRoot()
  }
}

/// The job that computes Σ g², with one task per piece.
struct SquaresJob<S: Scalar>: TeamJob, @unchecked Sendable {
  let gradients: VectorView<S>
  let pieces: [ParameterRun]
  let sums: VectorView<Double>

  func callAsFunction(_ task: Int) { sums[task] = sumOfSquares(gradients[pieces[task].range]) }
}

/// The job that applies the optimizer's update, with one task per piece.
struct UpdateJob<S: Scalar>: TeamJob, @unchecked Sendable {
  let optimizer: any Optimizer
  let pieces: [ParameterRun]
  let parameters: VectorView<S>
  let gradients: VectorView<S>
  /// `[moments·parameters]`; empty for an optimizer without moments.
  let moments: VectorView<S>
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
        count: piece.range.count, parameters: UpdateVector(parameters[piece.range]),
        learningRate: learningRate * piece.learningRateScale, weightDecay: piece.weightDecay ?? optimizer.weightDecay,
        number: number, gradients: UpdateVector(gradients[piece.range]), gradientScale: gradientScale,
        gradientLimit: gradientLimit, moments: UpdateVector(moments.count > 0 ? moments.from(start) : moments),
        momentStride: parameterCount))
  }
}

/// The clipping of parameter gradients before an update.
///
/// It is independent of the clips inside the network (`preActivationClip`, `cellClip`, `deltaClip`).
public enum Clipping: Sendable, Equatable, Codable {
  /// `clipNorm`: if the L2 norm ‖g‖ of the whole gradient exceeds the bound, all of it is multiplied by
  /// bound / (‖g‖ + 1e-6), as `torch.nn.utils.clip_grad_norm_` does (Pascanu, Mikolov & Bengio 2013).
  case norm(Double)
  /// `clipValue`: every element is limited to -bound...bound, as `torch.nn.utils.clip_grad_value_` does.
  case value(Double)

  /// Checks the bound.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if the bound is not above 0. An infinite bound is allowed and has no
  ///   effect.
  package func validate() throws(GatewiseError) {
    switch self {
    case .norm(let bound): try require(bound > 0, "bound of clipNorm", bound, "above 0")
    case .value(let bound): try require(bound > 0, "bound of clipValue", bound, "above 0")
    }
  }

  /// Returns the factor of every element of a gradient of norm `norm`, 1 if nothing is clipped.
  func scale(norm: Double) -> Double {
    switch self {
    // 1e-6 and the order of operations are PyTorch's; the clipped norm is therefore about 1e-6 below the bound.
    case .norm(let bound): Swift.min(bound / (norm + 1e-6), 1)
    case .value: 1
    }
  }

  /// The largest magnitude of an element.
  var limit: Double {
    switch self {
    case .norm: .infinity
    case .value(let bound): bound
    }
  }
}

/// Returns Σ x², accumulated in Double in one fixed order.
///
/// It keeps eight partial sums, since the additions to a single sum would depend on each other.
@specialized(where S == Float)
@specialized(where S == Double)
func sumOfSquares<S: Scalar>(_ x: VectorView<S>) -> Double {
  let count = x.count
  var sums = SIMD8<Double>.zero
  let blocks = count / 8
  for block in 0..<blocks {
    var lane = SIMD8<Double>.zero
    for j in 0..<8 { lane[j] = Double(x[8 * block + j]) }
    sums += lane * lane
  }
  var sum = sums.sum()
  for j in (8 * blocks)..<count { sum += Double(x[j]) * Double(x[j]) }
  return sum
}

/// A schedule of the learning rate over the updates of a training run, as a factor of the base rate.
///
/// Updates are counted from 0: the first update of a run uses `factor(at: 0)`.
public enum Schedule: Sendable, Equatable, Codable {
  /// A constant factor of 1.
  case constant
  /// Multiplied by `factor` after every `every` updates; PyTorch's `StepLR`.
  case step(every: Int, factor: Double)
  /// Multiplied by `factor` after each update; PyTorch's `ExponentialLR`.
  case exponential(factor: Double)
  /// A linear increase from 1/`warmup` to 1 over the first `warmup` updates, then half a cosine down to `floor`, which
  /// is reached at update `total` and kept (Loshchilov & Hutter 2017, without restarts).
  case warmupCosine(warmup: Int, total: Int, floor: Double)

  /// Returns the factor of the base learning rate for update `step`, counted from 0.
  package func factor(at step: Int) -> Double {
    switch self {
    case .constant:
      return 1
    case .step(let every, let factor):
      return pow(factor, Double(step / max(every, 1)))
    case .exponential(let factor):
      return pow(factor, Double(step))
    case .warmupCosine(let warmup, let total, let floor):
      if step < warmup { return Double(step + 1) / Double(warmup) }
      if step >= total { return floor }
      let progress = Double(step - warmup) / Double(total - warmup)
      return floor + (1 - floor) * (1 + cos(Double.pi * progress)) / 2
    }
  }

  /// Checks the settings.
  ///
  /// - Throws: `GatewiseError.invalidArgument` that names the setting, its bounds and its value.
  package func validate() throws(GatewiseError) {
    switch self {
    case .constant:
      break
    case .step(let every, let factor):
      guard every > 0 else {
        throw .invalidArgument("The schedule's interval must be at least 1 update, but is \(every).")
      }
      try require(factor > 0 && factor.isFinite, "schedule's factor", factor, "a finite number above 0")
    case .exponential(let factor):
      try require(factor > 0 && factor.isFinite, "schedule's factor", factor, "a finite number above 0")
    case .warmupCosine(let warmup, let total, let floor):
      guard warmup >= 0, total > warmup else {
        throw .invalidArgument(
          "The schedule has a warm-up of \(warmup) of \(total) updates, but the warm-up must be at least 0 and below "
            + "the total.")
      }
      try require(floor >= 0 && floor <= 1, "schedule's floor", floor, "from 0 to 1")
    }
  }
}

/// A contiguous segment of parameters with the same learning rate and weight decay in one update.
public struct UpdateSegment<S: Scalar> {
  /// The number of parameters.
  public let count: Int
  /// The parameters, `[count]`, updated in place.
  public let parameters: UpdateVector<S>
  /// The learning rate of this update: the base rate times the factors of schedule and group.
  public let learningRate: Double
  /// The weight decay of these parameters.
  public let weightDecay: Double
  /// The number of this update, 1 for the first.
  public let number: Int

  @usableFromInline let gradients: UpdateVector<S>
  @usableFromInline let gradientScale: S
  @usableFromInline let gradientLimit: S
  @usableFromInline let moments: UpdateVector<S>
  @usableFromInline let momentStride: Int

  /// Returns the clipped gradient of parameter `index`.
  @inlinable @inline(__always)
  public func gradient(_ index: Int) -> S {
    Swift.min(Swift.max(gradients[index] * gradientScale, -gradientLimit), gradientLimit)
  }

  /// Returns moment `index` of these parameters, `[count]`, in the order of `Optimizer.momentNames`; zeros before the
  /// first update.
  @inlinable @inline(__always)
  public func moment(_ index: Int) -> UpdateVector<S> {
    assert(index >= 0 && index * momentStride + count <= moments.count, "the optimizer has no moment \(index)")
    return unsafe UpdateVector(base: moments.base + index * momentStride, count: count)
  }
}

/// The elements of a segment in one vector, valid during the call that received the segment. Only debug builds check
/// indices.
@safe
public struct UpdateVector<S: Scalar> {
  @usableFromInline let base: UnsafeMutablePointer<S>
  @usableFromInline let count: Int

  @inlinable
  init(base: UnsafeMutablePointer<S>, count: Int) {
    unsafe self.base = base
    self.count = count
  }

  init(_ vector: VectorView<S>) { unsafe self.init(base: vector.base, count: vector.count) }

  /// Reads or writes the element of parameter `index`, from 0 to `UpdateSegment.count` - 1.
  @inlinable @inline(__always)
  public subscript(index: Int) -> S {
    get {
      assert(index >= 0 && index < count, "index \(index) of \(count) parameters")
      return unsafe base[index]
    }
    nonmutating set {
      assert(index >= 0 && index < count, "index \(index) of \(count) parameters")
      unsafe base[index] = newValue
    }
  }
}
