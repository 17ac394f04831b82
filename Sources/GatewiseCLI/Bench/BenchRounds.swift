import Foundation
import Gatewise

/// Rounds of a row: the work, repeated for some tenths of a second, and then `cblas_sgemm` 2048³.
struct BenchRounds {
  /// What one round found.
  struct Sample {
    /// Time of one run.
    let seconds: Double
    /// Speed of the work, 10⁹ operations a second.
    let gflops: Double
    /// Speed of the product, at the same number of threads.
    let sgemmGflops: Double
  }

  private let work: BenchWork
  private let operations: Double
  private let threads: Int
  /// Runs in a round.
  private let repeats: Int
  /// By how much the first run raised the process's peak memory above model and data, in bytes; nil where unknown.
  let memoryGrowth: Int?

  /// Makes the work of a row ready, and runs it twice: the first run makes what is made once, the second tells how often
  /// to repeat it.
  ///
  /// - Throws: `GatewiseError` where the shape is beyond this machine's memory.
  init(_ shape: BenchShape, execution: Execution) throws {
    work = try BenchWork(shape, execution: execution)
    operations = shape.operations
    threads = execution.team.threads
    try work.run()
    memoryGrowth = work.memory.growth
    let once = try Self.time(work.run)
    repeats = Int(min(max(0.15 / max(once, 1e-9), 1), 1e6).rounded(.up))
  }

  /// One round.
  func next() throws -> Sample {
    // The first run after the product, or after another program's turn, finds the caches full of other things.
    try work.run()
    let seconds = try Self.time { for _ in 0..<repeats { try work.run() } } / Double(repeats)
    let product = OpenBLAS.productRate(threads: threads)
    Self.settle()
    return Sample(seconds: seconds, gflops: operations / seconds * 1e-9, sgemmGflops: product)
  }

  /// Waits until all threads of this process sleep, a second at most: OpenBLAS's own spin for a tenth of a second after
  /// their work, on processors that belong to what is timed next.
  private static func settle() {
    for _ in 0..<200 {
      let before = clock()
      usleep(5_000)
      // 0.25 ms of processor time in 5 ms: nobody spins.
      if clock() - before < CLOCKS_PER_SEC / 4000 { return }
    }
  }

  private static func time(_ body: () throws -> Void) rethrows -> Double {
    let (seconds, attoseconds) = try ContinuousClock().measure(body).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
