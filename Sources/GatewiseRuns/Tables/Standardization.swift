import Gatewise

/// Converts columns of numbers to mean 0 and standard deviation 1, and back.
///
/// The statistics are those of the training part only, and are stored in the model file.
public struct Standardization: Sendable, Equatable, Codable {
  /// The mean of each column.
  public let mean: [Double]
  /// The standard deviation of each column (the divisor is the number of rows); 1 for a constant column.
  public let deviation: [Double]

  /// Computes the statistics of columns, each a list of at least one finite number.
  public init(measuring columns: [[Double]]) { self.init(columns.map(Moments.init)) }

  /// Takes the moments of columns, each of at least one number.
  init(_ moments: [Moments]) {
    mean = moments.map(\.mean)
    deviation = moments.map { $0.deviation ?? 1 }
  }

  /// Returns a value in units of the column's standard deviation, relative to its mean.
  public func standardized(_ value: Double, column: Int) -> Double { (value - mean[column]) / deviation[column] }

  /// Returns the value in the column's own unit.
  public func restored(_ value: Double, column: Int) -> Double { value * deviation[column] + mean[column] }

  /// Whether statistics from a file are valid for `count` columns.
  func isUsable(count: Int) -> Bool {
    mean.count == count && deviation.count == count && mean.allSatisfy(\.isFinite)
      && deviation.allSatisfy { $0.isFinite && $0 > 0 }
  }
}
