/// The number, the mean and the spread of values that come a block at a time.
///
/// Within a block the mean comes first and then the squares around it; blocks are put together as by Chan, Golub and
/// LeVeque, *Updating formulae and a pairwise algorithm for computing sample variances*, 1979. Nothing is subtracted that
/// is nearly equal, however far the values are from zero and however many they are.
struct Moments {
  private(set) var count = 0
  private(set) var mean = 0.0
  /// Σ (x - mean)²
  private(set) var squares = 0.0

  /// The standard deviation, whose divisor is the number of values; nil for values that are all the same.
  var deviation: Double? {
    let deviation = (squares / Double(max(1, count))).squareRoot()
    // Rounding leaves a constant column a tiny variance; dividing by it would blow up what differs later.
    return deviation > 1e-12 * max(1, mean.magnitude) ? deviation : nil
  }

  /// Of nothing.
  init() {}

  /// Of one block.
  init(_ values: [Double]) {
    guard !values.isEmpty else { return }
    count = values.count
    let mean = values.reduce(0, +) / Double(count)
    self.mean = mean
    squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  }

  /// Takes in what comes behind.
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
