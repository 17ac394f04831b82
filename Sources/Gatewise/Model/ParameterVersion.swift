import Synchronization

/// Which state of a parameter vector something was made from. Every change of any model's parameters has a number of
/// its own in the process, so that a packed copy that carries the same version cannot be stale.
struct ParameterVersion: Sendable, Equatable {
  private let number: Int

  private static let last = Atomic<Int>(0)

  /// A version that nothing has had before.
  static func next() -> ParameterVersion {
    ParameterVersion(number: last.wrappingAdd(1, ordering: .relaxed).newValue)
  }
}
