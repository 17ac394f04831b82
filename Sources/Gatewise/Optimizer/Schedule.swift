#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

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
