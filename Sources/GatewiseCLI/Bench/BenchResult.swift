import Foundation
import Gatewise

/// A row of a benchmark, measured: the work and `cblas_sgemm` 2048³ in turns, and the ratio of their speeds.
struct BenchResult {
  let shape: BenchShape
  let threads: Int
  /// Median time of one run.
  let seconds: Double
  /// Median speed of the work, 10⁹ operations a second.
  let gflops: Double
  /// Median speed of the product, in the same rounds at the same number of threads.
  let sgemmGflops: Double
  /// Median of the rounds' ratios of the two speeds.
  let ratio: Double
  /// The first and third quartile of the ratios.
  let quartiles: (Double, Double)
  /// The share of the processors' time that the host gave to others meanwhile.
  let steal: Double

  /// Above this share of stolen time a row is measured again.
  static let stealLimit = 0.05

  /// Measures a row, again where the host stole too much time, three times at most; the quietest counts.
  static func measure(_ shape: BenchShape, rounds: Int, execution: Execution) throws -> BenchResult {
    let work = try BenchWork(shape, execution: execution)
    var best = try BenchResult(shape, work, rounds: rounds, threads: execution.team.threads)
    for _ in 1..<3 where best.steal > stealLimit {
      let next = try BenchResult(shape, work, rounds: rounds, threads: execution.team.threads)
      if next.steal < best.steal { best = next }
    }
    return best
  }

  private init(_ shape: BenchShape, _ work: BenchWork, rounds: Int, threads: Int) throws {
    // A round runs the work for some tenths of a second, as the product does.
    try work.run()
    let once = try Self.time { try work.run() }
    let repeats = Int(min(max(0.15 / max(once, 1e-9), 1), 1e6).rounded(.up))
    let before = ProcessorTime()
    var samples: [(seconds: Double, rate: Double, product: Double)] = []
    for _ in 0..<rounds {
      // The first run after the product finds the caches full of its matrices.
      try work.run()
      let seconds = try Self.time { for _ in 0..<repeats { try work.run() } } / Double(repeats)
      let product = OpenBLAS.productRate(threads: threads)
      samples.append((seconds, shape.operations / seconds * 1e-9, product))
      // OpenBLAS's threads go on spinning for a moment after their work.
      if threads > 1 { usleep(60_000) }
    }
    self.shape = shape
    self.threads = threads
    steal = ProcessorTime().stolenShare(since: before)
    let ratios = samples.map { $0.rate / $0.product }
    seconds = Self.quantile(0.5, of: samples.map(\.seconds))
    gflops = Self.quantile(0.5, of: samples.map(\.rate))
    sgemmGflops = Self.quantile(0.5, of: samples.map(\.product))
    ratio = Self.quantile(0.5, of: ratios)
    quartiles = (Self.quantile(0.25, of: ratios), Self.quantile(0.75, of: ratios))
  }

  private static func time(_ body: () throws -> Void) rethrows -> Double {
    let (seconds, attoseconds) = try ContinuousClock().measure(body).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }

  /// The value below which a share `q` of the values lies, between neighbours in proportion.
  static func quantile(_ q: Double, of values: [Double]) -> Double {
    let sorted = values.sorted()
    let place = q * Double(sorted.count - 1)
    let below = Int(place)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }
}

/// What the processors did since the start of the machine, in the ticks of `/proc/stat`.
struct ProcessorTime {
  private var total = 0.0
  private var stolen = 0.0

  /// Reads the counters; zero where the system has no such file.
  init() {
    guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") })
    else { return }
    // user nice system idle iowait irq softirq steal; the guests' time behind them is counted in user already.
    let ticks = line.split(separator: " ").dropFirst().prefix(8).map { Double($0) ?? 0 }
    total = ticks.reduce(0, +)
    stolen = ticks.count == 8 ? ticks[7] : 0
  }

  /// The share of all processors' time that the host gave to others.
  func stolenShare(since start: ProcessorTime) -> Double {
    total > start.total ? (stolen - start.stolen) / (total - start.total) : 0
  }
}
