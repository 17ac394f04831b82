@testable import Gatewise

/// The measure of every comparison with an oracle.
enum Agreement {
  /// max|a - b| / max|b| over a tensor; 0 where both are the same zeros. A NaN or another count is infinitely far away.
  static func difference<A: Scalar, B: Scalar>(_ a: [A], _ b: [B]) -> Double {
    guard a.count == b.count else { return .infinity }
    var (difference, largest) = (0.0, 0.0)
    for (a, b) in zip(a, b) {
      let distance = abs(Double(a) - Double(b))
      if !distance.isFinite { return .infinity }
      difference = max(difference, distance)
      largest = max(largest, abs(Double(b)))
    }
    return difference == 0 ? 0 : difference / largest
  }

  /// Whether two arrays hold the same bits.
  static func sameBits<S: Scalar>(_ a: [S], _ b: [S]) -> Bool {
    a.count == b.count
      && zip(a, b).allSatisfy { a, b in
        a.sign == b.sign && a.exponentBitPattern == b.exponentBitPattern
          && a.significandBitPattern == b.significandBitPattern
      }
  }

  /// Whether two states hold the same bits.
  static func sameBits<S: Scalar>(_ a: LSTMState<S>, _ b: LSTMState<S>) -> Bool {
    let (a, b) = (a.hidden + a.cell + a.gates, b.hidden + b.cell + b.gates)
    return a.count == b.count && zip(a, b).allSatisfy { sameBits($0.elements, $1.elements) }
  }

  /// Whether two gradients, and the outputs that came with them, hold the same bits.
  static func sameBits<S: Scalar>(_ a: Gradients<S>, _ b: Gradients<S>) -> Bool {
    sameBits(a.parameters, b.parameters) && sameBits(a.input.elements, b.input.elements)
      && sameBits(a.output.elements, b.output.elements) && sameBits(a.finalState, b.finalState)
      && sameBits(a.initialState, b.initialState)
  }
}

/// The worst difference of a family of cases, and where it was found.
struct WorstDifference {
  private(set) var difference = 0.0
  private(set) var place = "nowhere"

  mutating func note(_ difference: Double, _ place: @autoclosure () -> String) {
    guard difference > self.difference || self.place == "nowhere" else { return }
    (self.difference, self.place) = (difference, place())
  }
}
