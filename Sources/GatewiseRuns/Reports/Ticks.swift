import Foundation

/// Round numbers for the marks of an axis.
enum Ticks {
  /// Returns about `count` round numbers within a range: multiples of 1, 2 or 5 times a power of ten.
  static func linear(in range: ClosedRange<Double>, about count: Int) -> [Double] {
    let raw = (range.upperBound - range.lowerBound) / Double(count)
    guard raw > 0, raw.isFinite else { return [] }
    let power = pow(10, floor(log10(raw)))
    let step = power * ([1.0, 2, 5].first { $0 * power >= raw * 0.999 } ?? 10)
    let (first, last) = ((range.lowerBound / step).rounded(.up), (range.upperBound / step).rounded(.down))
    guard first <= last else { return [] }
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }

  /// Returns about `count` powers of ten within a range of a factor of ten or more; with twice and five times these if
  /// there are few.
  static func logarithmic(in range: ClosedRange<Double>, about count: Int) -> [Double] {
    let (low, high) = (Int(floor(log10(range.lowerBound))), Int(ceil(log10(range.upperBound))))
    let every = max(1, (high - low) / count)
    let digits: [Double] = range.upperBound / range.lowerBound <= 100 ? [1, 2, 5] : [1]
    return stride(from: low, through: high, by: every).flatMap { power in digits.map { $0 * pow(10, Double(power)) } }
      .filter(range.contains)
  }

  /// Returns the label of a mark. Zero has no sign.
  static func label(_ tick: Double) -> String { String(format: "%.6g", tick == 0 ? 0 : tick) }
}
