#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The exponential average of the parameters over the updates of a training, which is often better than any of them:
///
///     θ̄_t = Σ_i d^(t-i) θ_i / Σ_i d^(t-i)        i from 1 to t; d: the decay, θ_i: the parameters after update i
///
/// The start counts nothing, so that a short training is not dragged back to it. Polyak & Juditsky 1992; with a decay
/// Kingma & Ba 2015, section 7.2.
///
///     var average = try WeightAverage<Float>(decay: 0.999, parameterCount: trainer.model.layout.count)
///     try trainer.train(on: &source, steps: 1000) { _ in average.add(trainer.model.parameters) }
///     let model = average.model(of: trainer.model)
public struct WeightAverage<S: Scalar>: Sendable, Equatable {
  /// d: how much of the average an update leaves, 0 ≤ d < 1.
  public let decay: Double
  /// t: how many updates are in it.
  public private(set) var updates: Int
  /// θ̄, `[P]`; zeros before the first update.
  public private(set) var parameters: [S]

  /// An average of nothing yet.
  ///
  /// - Throws: `GatewiseError.invalidArgument` where the decay is out of bounds.
  public init(decay: Double, parameterCount: Int) throws(GatewiseError) {
    try self.init(decay: decay, updates: 0, parameters: Array(repeating: 0, count: max(0, parameterCount)))
  }

  /// An average from its parts, for example from a file.
  ///
  /// - Throws: `GatewiseError.invalidArgument` where the decay or the number of updates is out of bounds.
  public init(decay: Double, updates: Int, parameters: [S]) throws(GatewiseError) {
    try require(decay >= 0 && decay < 1, "decay of the weights' average", decay, "at least 0 and below 1")
    guard updates >= 0 else {
      throw .invalidArgument("The saved average is over \(updates) updates, but it must be over at least 0.")
    }
    (self.decay, self.updates, self.parameters) = (decay, updates, parameters)
  }

  /// Takes in the parameters after an update, `[P]`. O(P), no allocation; the same bits for every number of threads.
  ///
  /// - Precondition: there are as many of them as before.
  public mutating func add(_ parameters: [S], team: ThreadTeam? = nil) {
    let count = self.parameters.count
    precondition(parameters.count == count, "\(parameters.count) parameters for an average of \(count)")
    updates += 1
    // The newest parameters' share, 1 / Σ_i d^(t-i).
    let share = S((1 - decay) / (1 - pow(decay, Double(updates))))
    self.parameters.withUnsafeMutableBufferPointer { average in
      parameters.withUnsafeBufferPointer { parameters in
        guard let average = average.baseAddress, let parameters = parameters.baseAddress else { return }
        let job = AverageJob(count: count, share: share, parameters: parameters, average: average)
        team.run(job, tasks: job.tasks)
      }
    }
  }

  /// A model with the averaged parameters; the model itself before the first update.
  ///
  /// - Precondition: the average is over as many parameters as the model has.
  public func model(of model: LSTM<S>) -> LSTM<S> {
    precondition(parameters.count == model.layout.count, "the average of another model's parameters")
    guard updates > 0 else { return model }
    return LSTM(configuration: model.configuration, layout: model.layout, parameters: parameters)
  }
}

/// θ̄ ← θ̄ + share (θ - θ̄). One task is a block of parameters.
private struct AverageJob<S: Scalar>: TeamJob, @unchecked Sendable {
  private static var parametersPerTask: Int { 1 << 15 }

  let count: Int
  let share: S
  let parameters: UnsafePointer<S>
  let average: UnsafeMutablePointer<S>

  var tasks: Int { (count + Self.parametersPerTask - 1) / Self.parametersPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * Self.parametersPerTask
    for j in first..<min(count, first + Self.parametersPerTask) { average[j] += share * (parameters[j] - average[j]) }
  }
}
