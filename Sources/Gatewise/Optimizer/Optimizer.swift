/// A rule that computes changes of parameters from gradients.
///
/// An optimizer is a value that has only its settings. Its moments are stored in an `OptimizerState`, so that a
/// checkpoint can contain them. It works on flat vectors and does not know the model.
public protocol Optimizer: Sendable, Codable, Equatable {
  /// The name of the rule in files and on command lines.
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
  public func moment(_ index: Int) -> UpdateVector<S> { UpdateVector(base: moments.base + index * momentStride) }
}

/// The elements of a segment in one vector, valid during the call that received the segment. Indices are not checked.
public struct UpdateVector<S: Scalar> {
  @usableFromInline let base: UnsafeMutablePointer<S>

  @inlinable
  init(base: UnsafeMutablePointer<S>) { self.base = base }

  /// Reads or writes the element of parameter `index`, from 0 to `UpdateSegment.count` - 1.
  @inlinable @inline(__always)
  public subscript(index: Int) -> S {
    get { base[index] }
    nonmutating set { base[index] = newValue }
  }
}

/// Checks one setting and throws an error with its value and its bounds.
func require(_ condition: Bool, _ setting: String, _ value: Double, _ bounds: String) throws(GatewiseError) {
  guard condition else { throw .invalidArgument("The \(setting) is \(value), but it must be \(bounds).") }
}

extension Optimizer {
  /// Checks the settings that all optimizers have.
  func validateRates() throws(GatewiseError) {
    try require(learningRate > 0 && learningRate.isFinite, "learning rate", learningRate, "a finite number above 0")
    try require(
      weightDecay >= 0 && weightDecay.isFinite, "weight decay", weightDecay, "a finite number of at least 0")
  }
}
