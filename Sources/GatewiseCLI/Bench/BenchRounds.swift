import Foundation
import Gatewise

/// Rounds of a row: the work, repeated for a few tenths of a second, and then `cblas_sgemm` 2048³.
struct BenchRounds {
  /// The measurement of one round.
  struct Sample {
    /// Time of one run.
    let seconds: Double
    /// Speed of the work, in 10⁹ operations per second.
    let gflops: Double
    /// Speed of the product, with the same number of threads.
    let sgemmGflops: Double
  }

  private let work: BenchWork
  private let operations: Double
  private let threads: Int
  /// Runs in a round.
  private let repeats: Int
  /// Bytes by which the first run raised the process's peak memory above model and data; nil if unknown.
  let memoryGrowth: Int?

  /// Prepares the work of a row, and runs it twice: for one-time allocations, and to determine the number of repeats.
  ///
  /// - Throws: `GatewiseError` if the shape exceeds this machine's memory.
  init(_ shape: BenchShape, execution: Execution) throws {
    work = try BenchWork(shape, execution: execution)
    operations = shape.operations
    threads = execution.team.threads
    try work.run()
    memoryGrowth = work.memory.growth
    let once = try Self.time(work.run)
    repeats = Int(min(max(0.15 / max(once, 1e-9), 1), 1e6).rounded(.up))
  }

  /// Runs one round.
  func next() throws -> Sample {
    // Warm up: after the product, or another program's turn, the caches hold other data.
    try work.run()
    let seconds = try Self.time { for _ in 0..<repeats { try work.run() } } / Double(repeats)
    let product = OpenBLAS.productRate(threads: threads)
    Self.settle()
    return Sample(seconds: seconds, gflops: operations / seconds * 1e-9, sgemmGflops: product)
  }

  /// Waits until all threads of this process sleep, at most a second. OpenBLAS's threads spin for a tenth of a second
  /// after their work, on processors that the next timed work needs.
  private static func settle() {
    for _ in 0..<200 {
      let before = clock()
      usleep(5_000)
      // Less than 0.25 ms of processor time in 5 ms: no thread spins.
      if clock() - before < CLOCKS_PER_SEC / 4000 { return }
    }
  }

  private static func time(_ body: () throws -> Void) rethrows -> Double {
    let (seconds, attoseconds) = try ContinuousClock().measure(body).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
