import Foundation
import Gatewise

/// The losses of a sweep with a growing learning rate, and the rate that they suggest.
///
/// The losses are smoothed by their exponential average s_i = Σ_j β^(i-j) ℓ_j / Σ_j β^(i-j) with β = 0.9. The suggested
/// rate is that at which s falls most steeply over the logarithm of the rate, but at most a tenth of the rate at which
/// s is lowest: s lags behind, and near its lowest point training is about to diverge. Smith 2017, section 3.3. Losses
/// also vary from batch to batch, so the steepest place is searched after a tenth of the whole fall has been passed for
/// good, with slopes over six updates; and a fall of at most 1.5 times the spread of the losses around s does not
/// count.
public struct LearningRateSweep: Sendable, Equatable {
  /// One update.
  public struct Point: Sendable, Equatable {
    /// The learning rate of the update.
    public let learningRate: Double
    /// The mean loss before the update.
    public let loss: Double
    /// s, the smoothed loss.
    public let smoothed: Double
  }

  /// The updates in order, without those after the explosion.
  public private(set) var points: [Point] = []
  /// Whether the loss exploded: the smoothed loss is more than four times its lowest value, or not finite.
  public private(set) var hasExploded = false
  private var (sum, weight) = (0.0, 0.0)

  private static let memory = 0.9
  private static let explosion = 4.0
  /// The smallest number of losses whose average is meaningful.
  private static let fewest = 10
  /// The number of updates before and after a point over which its slope is taken.
  private static let reach = 3

  /// Creates a sweep without updates.
  public init() {}

  /// Adds an update. After an explosion nothing is added.
  public mutating func add(learningRate: Double, loss: Double) {
    guard !hasExploded else { return }
    guard loss.isFinite else { return explode() }
    (sum, weight) = (Self.memory * sum + loss, Self.memory * weight + 1)
    points.append(Point(learningRate: learningRate, loss: loss, smoothed: sum / weight))
    hasExploded = lowest.map { sum / weight > Self.explosion * points[$0].smoothed } ?? false
  }

  /// Whether the rate is high enough to cause non-finite numbers: below, data or model are the cause.
  var mayExplode: Bool { points.last.map { $0.learningRate > 1e-4 } ?? false }

  /// Records that the loss or the gradient is not finite.
  mutating func explode() { hasExploded = true }

  /// The index of the lowest smoothed loss; nil if there are too few updates.
  private var lowest: Int? {
    points.indices.dropFirst(Self.fewest).min { points[$0].smoothed < points[$1].smoothed }
  }

  /// The rate at which the smoothed loss is lowest; nil if there are too few updates.
  public var rateOfLowest: Double? { lowest.map { points[$0].learningRate } }

  /// The rate at which the smoothed loss falls most steeply; nil if it does not fall.
  public var rateOfSteepest: Double? {
    guard let lowest, let first = startOfFall(to: lowest) else { return nil }
    func slope(_ i: Int) -> Double {
      let (before, after) = (points[i - Self.reach], points[min(i + Self.reach, points.count - 1)])
      return (after.smoothed - before.smoothed) / log(after.learningRate / before.learningRate)
    }
    return (first...lowest).min { slope($0) < slope($1) }.map { points[$0].learningRate }
  }

  /// Returns the first update after which a tenth of the fall has been passed; nil if the loss does not fall by more
  /// than its noise.
  private func startOfFall(to lowest: Int) -> Int? {
    let before = points[Self.fewest...lowest]
    let highest = before.map(\.smoothed).max() ?? 0
    let fall = highest - points[lowest].smoothed
    let squares = before.reduce(0) { $0 + ($1.loss - $1.smoothed) * ($1.loss - $1.smoothed) }
    guard fall > 1.5 * (squares / Double(before.count)).squareRoot() else { return nil }
    return before.lastIndex { $0.smoothed >= highest - 0.1 * fall }.map { $0 + 1 }
  }

  /// The suggested learning rate; nil if the loss does not fall.
  public var suggestion: Double? {
    guard let rateOfSteepest, let rateOfLowest else { return nil }
    return min(rateOfSteepest, rateOfLowest / 10)
  }
}
