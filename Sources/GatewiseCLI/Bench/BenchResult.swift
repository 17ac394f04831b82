import Gatewise

/// The measurement of a benchmark row: the work and `cblas_sgemm` 2048³ in turns, and the ratio of their speeds.
struct BenchResult {
  let shape: BenchShape
  let threads: Int
  /// Median time of one run.
  let seconds: Double
  /// Median speed of the work, in 10⁹ operations per second.
  let gflops: Double
  /// Median speed of the product, in the same rounds and with the same number of threads.
  let sgemmGflops: Double
  /// Median of the rounds' ratios of the two speeds.
  let ratio: Double
  /// The first and third quartile of the ratios.
  let quartiles: (Double, Double)
  /// The share of the processors' time that the host gave to other guests during the measurement.
  let steal: Double

  /// Above this share of stolen time a row is measured again.
  static let stealLimit = 0.05

  /// Measures a row, at most three times while the host steals too much time, and returns the result with the least
  /// stolen time.
  static func measure(_ shape: BenchShape, rounds: Int, execution: Execution) throws -> BenchResult {
    let work = try BenchRounds(shape, execution: execution)
    var best = try BenchResult(shape, work, rounds: rounds, threads: execution.team.threads)
    for _ in 1..<3 where best.steal > stealLimit {
      let next = try BenchResult(shape, work, rounds: rounds, threads: execution.team.threads)
      if next.steal < best.steal { best = next }
    }
    return best
  }

  private init(_ shape: BenchShape, _ work: BenchRounds, rounds: Int, threads: Int) throws {
    let before = ProcessorTime()
    let samples = try (0..<rounds).map { _ in try work.next() }
    self.shape = shape
    self.threads = threads
    steal = ProcessorTime().stolenShare(since: before)
    let ratios = samples.map { $0.gflops / $0.sgemmGflops }
    seconds = Self.quantile(0.5, of: samples.map(\.seconds))
    gflops = Self.quantile(0.5, of: samples.map(\.gflops))
    sgemmGflops = Self.quantile(0.5, of: samples.map(\.sgemmGflops))
    ratio = Self.quantile(0.5, of: ratios)
    quartiles = (Self.quantile(0.25, of: ratios), Self.quantile(0.75, of: ratios))
  }

  /// Returns the `q` quantile of the values, with linear interpolation.
  static func quantile(_ q: Double, of values: [Double]) -> Double {
    let sorted = values.sorted()
    let place = q * Double(sorted.count - 1)
    let below = Int(place)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }
}
