import Benchmark
import COpenBLAS

// Every kernel beside OpenBLAS for the same work, on one thread. Memory, data and packed weights are created before the
// measured region; the warm-up brings them into the cache, where a step of a sequence also finds its weights.
let benchmarks: @Sendable () -> Void = {
  openblas_set_num_threads(1)
  for shape in Shape.all { steps(shape, Float.self) }
  for shape in Shape.all { windows(shape, Float.self) }
  steps(Shape(sequences: 16, hidden: 256), Double.self)
  windows(Shape(sequences: 16, hidden: 256), Double.self)
  for shape in Shape.all where shape.sequences == 1 { stepForwardTile(shape, Float.self, halved: true) }
}

/// One step of all sequences.
private func steps<S: KernelScalar>(_ shape: Shape, _: S.Type) {
  stepForwardTile(shape, S.self)
  stepForwardPlain(shape, S.self)
  stepBackTile(shape, S.self)
  stepBackPlain(shape, S.self)
}

/// The work done once for all steps of a window.
private func windows<S: KernelScalar>(_ shape: Shape, _: S.Type) {
  weightSumsTile(shape, S.self)
  weightSumsPlain(shape, S.self)
  errorBelowTile(shape, S.self)
  errorBelowPlain(shape, S.self)
}

/// N sequences through a layer of H units with as many inputs (I = H).
struct Shape {
  let sequences: Int
  let hidden: Int

  static let all = [(1, 64), (1, 512), (8, 32), (32, 64), (16, 256), (64, 256), (64, 512)].map {
    Shape(sequences: $0.0, hidden: $0.1)
  }

  /// T, the number of steps of a window.
  static let steps = 32
}

/// Multiplications and additions of the products only, as if the gate arithmetic took no time.
private let rate = BenchmarkMetric.custom("flop/s", polarity: .prefersLarger, useScalingFactor: false)

/// Registers the benchmark "`operation` N … H …, `path`".
///
/// - Parameters:
///   - operations: The multiplications and additions of one call.
///   - prepare: Creates everything that the call needs, outside the measured region.
func measure<S: KernelScalar>(
  _ operation: String, _ shape: Shape, _: S.Type, path: String, operations: Int, prepare: @escaping () -> () -> Void
) {
  let type = S.self == Float.self ? "" : " \(S.self)"
  Benchmark(
    "\(operation) N \(shape.sequences) H \(shape.hidden)\(type), \(path)",
    configuration: .init(
      metrics: [.wallClock, rate], warmupIterations: 3,
      // Calls of microseconds are repeated a thousand times per iteration; the time shown is that of one call.
      scalingFactor: operations < 3_000_000 ? .kilo : .one, maxDuration: .milliseconds(500))
  ) { (benchmark, call: () -> Void) in
    let calls = benchmark.scaledIterations
    let duration = ContinuousClock().measure { for _ in calls { call() } }
    benchmark.measurement(rate, Int(Double(operations * calls.count) / (duration / .seconds(1))))
  } setup: {
    prepare()
  }
}
