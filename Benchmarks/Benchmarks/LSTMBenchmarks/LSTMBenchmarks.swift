import Benchmark
import Gatewise

let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .throughput],
    warmupIterations: 5,
    maxDuration: .seconds(3),
    maxIterations: 10_000)

  // The cost of the public tensor: allocation and one write per element.
  Benchmark("Tensor [64, 64, 256]") { benchmark in
    for _ in benchmark.scaledIterations {
      blackHole(Tensor<Float>(repeating: 0, shape: [64, 64, 256]))
    }
  }
}
