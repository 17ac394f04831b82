/// A rule that turns gradients into a change of parameters.
///
/// An optimizer is a plain value: its settings and nothing else. What it remembers between updates (the moments) lies
/// in an `OptimizerState`, so that a checkpoint can hold it. It sees flat vectors only, never a model.
public protocol Optimizer: Sendable, Codable, Equatable {
  /// The name of the rule in files and on command lines.
  static var name: String { get }

  /// The names of the vectors that the rule remembers, each as long as the parameters; PyTorch's names.
  var momentNames: [String] { get }

  /// The base learning rate, > 0; the schedule and the parameter's group multiply it.
  var learningRate: Double { get set }

  /// The weight decay of parameters whose group sets none, ≥ 0.
  var weightDecay: Double { get set }

  /// Checks the settings.
  ///
  /// - Throws: `GatewiseError.invalidArgument` that names the setting, its bounds and what was found.
  func validate() throws(GatewiseError)

  /// Changes the parameters of one segment and their moments. Elements do not depend on one another. O(count).
  ///
  /// Implement it with `@specialized(where S == Float)` and the same for `Double`: it is called through the protocol,
  /// and an unspecialized loop is some fifty times slower.
  func update<S: Scalar>(_ segment: UpdateSegment<S>)
}

/// Neighbouring parameters that share a learning rate and a weight decay, during one update.
public struct UpdateSegment<S: Scalar> {
  /// The number of parameters.
  public let count: Int
  /// The parameters, `[count]`, to be changed in place.
  public let parameters: UnsafeMutablePointer<S>
  /// The learning rate of this update: base rate, schedule and group multiplied.
  public let learningRate: Double
  /// The weight decay of these parameters.
  public let weightDecay: Double
  /// The number of this update, 1 for the first.
  public let step: Int

  let gradients: UnsafePointer<S>
  let gradientScale: S
  let gradientLimit: S
  let moments: UnsafeMutablePointer<S>
  let momentStride: Int

  /// The gradient of parameter `index`, clipped.
  @inline(__always)
  public func gradient(_ index: Int) -> S {
    Swift.min(Swift.max(gradients[index] * gradientScale, -gradientLimit), gradientLimit)
  }

  /// What the rule remembers of these parameters under name `index`, `[count]`, zeros before the first update.
  public func moment(_ index: Int) -> UnsafeMutablePointer<S> { moments + index * momentStride }
}

/// Checks one setting and says in one sentence what is wrong with it.
func require(_ condition: Bool, _ setting: String, _ value: Double, _ bounds: String) throws(GatewiseError) {
  guard condition else { throw .invalidArgument("The \(setting) is \(value), but it must be \(bounds).") }
}

extension Optimizer {
  /// Checks what all optimizers have.
  func validateRates() throws(GatewiseError) {
    try require(learningRate > 0 && learningRate.isFinite, "learning rate", learningRate, "a finite number above 0")
    try require(
      weightDecay >= 0 && weightDecay.isFinite, "weight decay", weightDecay, "a finite number of at least 0")
  }
}
