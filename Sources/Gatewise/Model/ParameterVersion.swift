import Synchronization

/// The version of a parameter vector. Every change of any model's parameters has a number that is unique in the
/// process, so that a packed copy with the same version cannot be stale.
struct ParameterVersion: Sendable, Equatable {
  private let number: Int

  private static let last = Atomic<Int>(0)

  /// Returns a new, unique version.
  static func next() -> ParameterVersion {
    ParameterVersion(number: last.wrappingAdd(1, ordering: .relaxed).newValue)
  }
}
