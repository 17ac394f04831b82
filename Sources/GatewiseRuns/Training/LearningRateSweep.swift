import Foundation
import Gatewise

/// Losses under a learning rate that grows, and the rate that they suggest.
///
/// The losses are smoothed by their exponential average s_i = Σ_j β^(i-j) ℓ_j / Σ_j β^(i-j) with β = 0.9. The rate at which
/// s falls most steeply over the logarithm of the rate is suggested, before s is lowest, and at most a tenth of the rate
/// at which it is: s lags behind, and near its lowest point a training is about to diverge. Smith 2017, section 3.3.
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
  /// As few losses say nothing.
  private static let fewest = 10

  /// A sweep without updates.
  public init() {}

  /// Takes in an update. After an explosion nothing is taken in any more.
  public mutating func add(learningRate: Double, loss: Double) {
    guard !hasExploded else { return }
    guard loss.isFinite else { return explode() }
    (sum, weight) = (Self.memory * sum + loss, Self.memory * weight + 1)
    points.append(Point(learningRate: learningRate, loss: loss, smoothed: sum / weight))
    let lowest = points.map(\.smoothed).min() ?? 0
    hasExploded = points.count > Self.fewest && sum / weight > Self.explosion * lowest
  }

  /// Whether the rate can be to blame for numbers that are none: below, data or model are.
  var mayExplode: Bool { points.last.map { $0.learningRate > 1e-4 } ?? false }

  /// The loss or the gradient is no number.
  mutating func explode() { hasExploded = true }

  /// The place of the lowest smoothed loss; nil without updates.
  private var lowest: Int? { points.indices.min { points[$0].smoothed < points[$1].smoothed } }

  /// The rate at which the smoothed loss is lowest; nil without updates.
  public var rateOfLowest: Double? { lowest.map { points[$0].learningRate } }

  /// The rate at which the smoothed loss falls most steeply; nil where it does not fall.
  public var rateOfSteepest: Double? {
    guard let lowest, points.count >= Self.fewest else { return nil }
    func slope(_ i: Int) -> Double {
      let (before, after) = (points[i - 1], points[i + 1])
      return (after.smoothed - before.smoothed) / log(after.learningRate / before.learningRate)
    }
    let inner = 1..<max(1, min(lowest, points.count - 1))
    guard let steepest = inner.min(by: { slope($0) < slope($1) }), slope(steepest) < 0 else { return nil }
    return points[steepest].learningRate
  }

  /// The rate to train with; nil where the loss does not fall.
  public var suggestion: Double? {
    guard let rateOfSteepest, let rateOfLowest else { return nil }
    return min(rateOfSteepest, rateOfLowest / 10)
  }
}
