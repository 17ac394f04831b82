import Foundation
import Gatewise

/// Losses under a learning rate that grows, and the rate that they suggest.
///
/// The losses are smoothed by their exponential average s_i = Σ_j β^(i-j) ℓ_j / Σ_j β^(i-j) with β = 0.9. The rate at which
/// s falls most steeply over the logarithm of the rate is suggested, and at most a tenth of the rate at which s is lowest:
/// s lags behind, and near its lowest point a training is about to diverge. Smith 2017, section 3.3. Losses differ from
/// batch to batch, too: the steepest place is looked for where a tenth of the whole fall is behind for good, by slopes over
/// six updates; and a fall that is no larger than 1.5 times the spread of the losses around s is none.
public struct LearningRateSweep: Sendable, Equatable {
  /// One update.
  public struct Point: Sendable, Equatable {
    /// The learning rate of the update.
    public let learningRate: Double
    /// The mean loss before it.
    public let loss: Double
    /// s, the smoothed loss.
    public let smoothed: Double
  }

  /// The updates in their order, those after the explosion left out.
  public private(set) var points: [Point] = []
  /// Whether the loss exploded: the smoothed loss is more than four times what it was at its lowest, or is no number.
  public private(set) var hasExploded = false
  private var (sum, weight) = (0.0, 0.0)

  private static let memory = 0.9
  private static let explosion = 4.0
  /// Averages over fewer losses say nothing.
  private static let fewest = 10
  /// Slopes are taken from so many updates before to as many behind.
  private static let reach = 3

  /// A sweep without updates.
  public init() {}

  /// Takes in an update. After an explosion nothing is taken in any more.
  public mutating func add(learningRate: Double, loss: Double) {
    guard !hasExploded else { return }
    guard loss.isFinite else { return explode() }
    (sum, weight) = (Self.memory * sum + loss, Self.memory * weight + 1)
    points.append(Point(learningRate: learningRate, loss: loss, smoothed: sum / weight))
    hasExploded = lowest.map { sum / weight > Self.explosion * points[$0].smoothed } ?? false
  }

  /// Whether the rate can be to blame for numbers that are none: below, data or model are.
  var mayExplode: Bool { points.last.map { $0.learningRate > 1e-4 } ?? false }

  /// The loss or the gradient is no number.
  mutating func explode() { hasExploded = true }

  /// The place of the lowest smoothed loss; nil where there are few updates.
  private var lowest: Int? {
    points.indices.dropFirst(Self.fewest).min { points[$0].smoothed < points[$1].smoothed }
  }

  /// The rate at which the smoothed loss is lowest; nil where there are few updates.
  public var rateOfLowest: Double? { lowest.map { points[$0].learningRate } }

  /// The rate at which the smoothed loss falls most steeply; nil where it does not fall.
  public var rateOfSteepest: Double? {
    guard let lowest, let first = startOfFall(to: lowest) else { return nil }
    func slope(_ i: Int) -> Double {
      let (before, after) = (points[i - Self.reach], points[min(i + Self.reach, points.count - 1)])
      return (after.smoothed - before.smoothed) / log(after.learningRate / before.learningRate)
    }
    return (first...lowest).min { slope($0) < slope($1) }.map { points[$0].learningRate }
  }

  /// The first update from which on a tenth of the fall is behind; nil where there is no fall but that of chance.
  private func startOfFall(to lowest: Int) -> Int? {
    let before = points[Self.fewest...lowest]
    let highest = before.map(\.smoothed).max() ?? 0
    let fall = highest - points[lowest].smoothed
    let squares = before.reduce(0) { $0 + ($1.loss - $1.smoothed) * ($1.loss - $1.smoothed) }
    guard fall > 1.5 * (squares / Double(before.count)).squareRoot() else { return nil }
    return before.lastIndex { $0.smoothed >= highest - 0.1 * fall }.map { $0 + 1 }
  }

  /// The rate to train with; nil where the loss does not fall.
  public var suggestion: Double? {
    guard let rateOfSteepest, let rateOfLowest else { return nil }
    return min(rateOfSteepest, rateOfLowest / 10)
  }
}
