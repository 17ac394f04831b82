@testable import Gatewise

/// The results of calls for parts of a matrix, each in a copy that was NaN everywhere before.
enum Parts {
  /// The whole, if every element was written by exactly one call; otherwise nil.
  static func joined<S: Scalar>(_ parts: [[S]]) -> [S]? {
    var whole = parts[0]
    for part in parts.dropFirst() {
      for n in whole.indices where !part[n].isNaN {
        guard whole[n].isNaN else { return nil }
        whole[n] = part[n]
      }
    }
    return whole.contains { $0.isNaN } ? nil : whole
  }

  /// Parts of `units` as for a thread team.
  static func ranges<S: Scalar>(_ kernels: Kernels<S>, units: Int, parts: Int) -> [Range<Int>] {
    (0..<parts).map { kernels.part($0, of: parts, ofUnits: units) }
  }
}

/// Random numbers for operands, from a seed and a name.
struct OperandStream<S: Scalar> {
  private var random: RandomStream

  init(seed: Int, name: String) { random = RandomStream(seed: UInt64(seed), name: name) }

  mutating func values(_ count: Int, _ magnitude: Double = 1) -> [S] {
    (0..<count).map { _ in S(Double.random(in: -magnitude...magnitude, using: &random)) }
  }
}

extension Array {
  /// Rows `rows` of a matrix `[…, width]`.
  func rows(_ rows: Range<Int>, width: Int) -> [Element] {
    Array(self[(rows.lowerBound * width)..<(rows.upperBound * width)])
  }
}
