/// A rule that computes changes of parameters from gradients.
///
/// An optimizer is a value that has only its settings. Its moments are stored in an `OptimizerState`, so that a
/// checkpoint can contain them. It works on flat vectors and does not know the model.
public protocol Optimizer: Sendable, Codable, Equatable {
  /// The name of the rule in files and on command lines, by default that of the type in lowercase.
  static var name: String { get }

  /// The names of the moments, vectors as long as the parameters; the names are PyTorch's.
  var momentNames: [String] { get }

  /// The base learning rate, > 0; the schedule and the parameter's group multiply it.
  var learningRate: Double { get set }

  /// The weight decay of parameters whose group does not set one, ≥ 0.
  var weightDecay: Double { get set }

  /// Checks the settings.
  ///
  /// - Throws: an error that names the setting, its bounds and its value.
  func validate() throws

  /// Updates the parameters of one segment and their moments. The elements are independent of one another. O(count).
  ///
  /// Mark implementations with `@specialized(where S == Float)` and the same for `Double`: the call goes through the
  /// protocol, and an unspecialized loop is about fifty times slower.
  func update<S: Scalar>(_ segment: UpdateSegment<S>)
}

/// Checks one setting and throws an error with its value and its bounds.
func require(_ condition: Bool, _ setting: String, _ value: Double, _ bounds: String) throws(GatewiseError) {
  guard condition else { throw .invalidArgument("The \(setting) is \(value), but it must be \(bounds).") }
}

extension Optimizer {
  /// The name of the type in lowercase, without its arguments if it is generic.
  public static var name: String { String(String(describing: Self.self).lowercased().prefix { $0 != "<" }) }

  /// Checks the settings that all optimizers have.
  func validateRates() throws(GatewiseError) {
    try require(learningRate > 0 && learningRate.isFinite, "learning rate", learningRate, "a finite number above 0")
    try require(
      weightDecay >= 0 && weightDecay.isFinite, "weight decay", weightDecay, "a finite number of at least 0")
  }
}
