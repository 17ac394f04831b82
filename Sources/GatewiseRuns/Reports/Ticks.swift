import Foundation

/// The round numbers at which axes are marked.
enum Ticks {
  /// Round numbers within a range, about `count` of them: multiples of 1, 2 or 5 times a power of ten.
  static func linear(in range: ClosedRange<Double>, about count: Int) -> [Double] {
    let raw = (range.upperBound - range.lowerBound) / Double(count)
    guard raw > 0, raw.isFinite else { return [] }
    let power = pow(10, floor(log10(raw)))
    let step = power * ([1.0, 2, 5].first { $0 * power >= raw * 0.999 } ?? 10)
    let (first, last) = ((range.lowerBound / step).rounded(.up), (range.upperBound / step).rounded(.down))
    guard first <= last else { return [] }
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }

  /// Powers of ten within a range of a factor of ten or more, about `count` of them; with twice and five times these
  /// where they would be few.
  static func logarithmic(in range: ClosedRange<Double>, about count: Int) -> [Double] {
    let (low, high) = (Int(floor(log10(range.lowerBound))), Int(ceil(log10(range.upperBound))))
    let every = max(1, (high - low) / count)
    let digits: [Double] = range.upperBound / range.lowerBound <= 100 ? [1, 2, 5] : [1]
    return stride(from: low, through: high, by: every).flatMap { power in digits.map { $0 * pow(10, Double(power)) } }
      .filter(range.contains)
  }

  /// A mark's number. Zero has no sign.
  static func label(_ tick: Double) -> String { String(format: "%.6g", tick == 0 ? 0 : tick) }
}
