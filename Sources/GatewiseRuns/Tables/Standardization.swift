import Gatewise

/// Takes columns of numbers to mean 0 and standard deviation 1, and back.
///
/// The figures come from the training part alone and are kept in the model file.
public struct Standardization: Sendable, Equatable, Codable {
  /// The mean of each column.
  public let mean: [Double]
  /// The standard deviation of each column (the divisor is the number of rows); 1 for a column that is constant.
  public let deviation: [Double]

  /// Measures columns, each a list of at least one finite number.
  public init(measuring columns: [[Double]]) { self.init(columns.map(Moments.init)) }

  /// Takes what was measured, of at least one number each.
  init(_ moments: [Moments]) {
    mean = moments.map(\.mean)
    deviation = moments.map { $0.deviation ?? 1 }
  }

  /// A value of a column in units of its standard deviation, counted from its mean.
  public func standardized(_ value: Double, column: Int) -> Double { (value - mean[column]) / deviation[column] }

  /// The value in the column's own unit.
  public func restored(_ value: Double, column: Int) -> Double { value * deviation[column] + mean[column] }

  /// Whether figures that came from a file can be used for `count` columns.
  func isUsable(count: Int) -> Bool {
    mean.count == count && deviation.count == count && mean.allSatisfy(\.isFinite)
      && deviation.allSatisfy { $0.isFinite && $0 > 0 }
  }
}
