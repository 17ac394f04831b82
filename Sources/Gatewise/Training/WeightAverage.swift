#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The exponential average of the parameters over the updates of a training run, which is often better than any of
/// them:
///
///     θ̄_t = Σ_i d^(t-i) θ_i / Σ_i d^(t-i)        i from 1 to t; d: the decay, θ_i: the parameters after update i
///
/// The initial parameters are not included, so that the average of a short run is not biased toward them. Polyak &
/// Juditsky 1992; with a decay Kingma & Ba 2015, section 7.2.
///
///     var average = try WeightAverage<Float>(decay: 0.999, parameterCount: trainer.model.parameters.count)
///     try trainer.train(on: &source, updates: 1000) { _ in average.add(trainer.model.parameters) }
///     let model = average.model(of: trainer.model)
public struct WeightAverage<S: Scalar>: Sendable, Equatable {
  /// d: the decay per update, 0 ≤ d < 1.
  package let decay: Double
  /// t: the number of updates in the average.
  package private(set) var updates: Int
  /// θ̄, `[P]`; zeros before the first update.
  package private(set) var parameters: [S]

  /// Makes an empty average.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if the decay is out of bounds.
  public init(decay: Double, parameterCount: Int) throws(GatewiseError) {
    try self.init(decay: decay, updates: 0, parameters: Array(repeating: 0, count: max(0, parameterCount)))
  }

  /// Makes an average from its parts, for example from a file.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if the decay or the number of updates is out of bounds.
  package init(decay: Double, updates: Int, parameters: [S]) throws(GatewiseError) {
    try require(decay >= 0 && decay < 1, "decay of the weights' average", decay, "at least 0 and below 1")
    guard updates >= 0 else {
      throw .invalidArgument("The number of updates of the saved average must be at least 0, but is \(updates).")
    }
    (self.decay, self.updates, self.parameters) = (decay, updates, parameters)
  }

  /// Adds the parameters after an update, `[P]`. O(P), no allocation; the same bits for every number of threads.
  ///
  /// - Precondition: the number of parameters is P.
  public mutating func add(_ parameters: [S], team: ThreadTeam? = nil) {
    let count = self.parameters.count
    precondition(parameters.count == count, "\(parameters.count) parameters for an average of \(count)")
    updates += 1
    // The weight of the newest parameters, 1 / Σ_i d^(t-i).
    let share = S((1 - decay) / (1 - pow(decay, Double(updates))))
    self.parameters.withMutableView { average in
      parameters.withView { parameters in
        let job = AverageJob(share: share, parameters: parameters, average: average)
        team.run(job, tasks: job.tasks)
      }
    }
  }

  /// Returns a model with the averaged parameters, or the model itself before the first update.
  ///
  /// - Precondition: the model has P parameters.
  public func model(of model: LSTM<S>) -> LSTM<S> {
    precondition(parameters.count == model.layout.count, "the average and the model differ in size")
    guard updates > 0 else { return model }
    return LSTM(configuration: model.configuration, layout: model.layout, parameters: parameters)
  }
}

/// The job that computes θ̄ ← θ̄ + share (θ - θ̄). One task is a block of parameters.
private struct AverageJob<S: Scalar>: TeamJob, @unchecked Sendable {
  private static var parametersPerTask: Int { 1 << 15 }

  let share: S
  let parameters: VectorView<S>
  let average: VectorView<S>

  var tasks: Int { (average.count + Self.parametersPerTask - 1) / Self.parametersPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * Self.parametersPerTask
    let end = min(average.count, first + Self.parametersPerTask)
    for j in first..<end { average[j] += share * (parameters[j] - average[j]) }
  }
}
