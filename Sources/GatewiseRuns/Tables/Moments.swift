/// The count, the mean and the variance of values that are added in blocks.
///
/// Within a block the mean is computed first, and then the squares around it; blocks are combined as by Chan, Golub and
/// LeVeque, *Updating formulae and a pairwise algorithm for computing sample variances*, 1979. No cancellation occurs,
/// however far the values are from zero and however many there are.
struct Moments {
  private(set) var count = 0
  private(set) var mean = 0.0
  /// Σ (x - mean)²
  private(set) var squares = 0.0

  /// The standard deviation, with the number of values as the divisor; nil if all values are equal.
  var deviation: Double? {
    let deviation = (squares / Double(max(1, count))).squareRoot()
    // Rounding leaves a constant column a tiny variance; dividing by it would blow up later differences.
    return deviation > 1e-12 * max(1, mean.magnitude) ? deviation : nil
  }

  /// The moments of no values.
  init() {}

  /// The moments of one block.
  init(_ values: [Double]) {
    guard !values.isEmpty else { return }
    count = values.count
    let mean = values.reduce(0, +) / Double(count)
    self.mean = mean
    squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  }

  /// Adds the moments of the following values.
  mutating func add(_ other: Moments) {
    guard count > 0 else { return self = other }
    guard other.count > 0 else { return }
    let (own, others) = (Double(count), Double(other.count))
    let distance = other.mean - mean
    count += other.count
    mean += distance * (others / Double(count))
    squares += other.squares + distance * distance * (own * others / Double(count))
  }
}
