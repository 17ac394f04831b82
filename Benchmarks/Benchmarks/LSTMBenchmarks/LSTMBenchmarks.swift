import Benchmark
import Gatewise

// Setup, including the allocation of memory, stays out of the measured region: the closures that create models
// and data run once before it, and the warm-up iterations allocate every buffer.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .throughput],
    warmupIterations: 3,
    maxDuration: .seconds(5),
    maxIterations: 10_000)

  let shapes = [
    Workload(layers: 2, hiddenSize: 256, batchSize: 64, steps: 64),
    Workload(layers: 4, hiddenSize: 256, batchSize: 16, steps: 50),
    Workload(layers: 1, hiddenSize: 512, batchSize: 1, steps: 100),
  ]
  for path in RecurrentPath.allCases {
    for shape in shapes { training(shape, Float.self, path) }
    training(shapes[0], Double.self, path)
    for shape in shapes { inference(shape, Float.self, path) }
    streaming(Workload(layers: 1, hiddenSize: 64, batchSize: 1, steps: 1), Float.self, path)
  }
}

/// One update: forward pass, loss, full backward pass, SGD.
func training<S: Scalar>(_ shape: Workload, _: S.Type, _ path: RecurrentPath) {
  Benchmark("train \(shape.name) \(S.self), \(path)") { (benchmark, prepared: (Trainer<S>, SequenceBatch<S>)) throws in
    let (trainer, batch) = prepared
    for _ in benchmark.scaledIterations { blackHole(try trainer.step(batch)) }
  } setup: {
    let trainer = try Trainer(
      shape.model(S.self), loss: .meanSquaredError, optimizer: .sgd(learningRate: 1e-3), execution: execution(path))
    return (trainer, try shape.batch(S.self))
  }
}

/// One forward pass of a window into existing memory.
func inference<S: Scalar>(_ shape: Workload, _: S.Type, _ path: RecurrentPath) {
  Benchmark("forward \(shape.name) \(S.self), \(path)") { (benchmark, inference: Inference<S>) throws in
    for _ in benchmark.scaledIterations { try inference.run() }
  } setup: {
    try Inference(shape, execution(path))
  }
}

/// One step of a running session; a thousand per iteration, because one takes microseconds.
func streaming<S: Scalar>(_ shape: Workload, _: S.Type, _ path: RecurrentPath) {
  Benchmark("step \(shape.name) \(S.self), \(path)", configuration: .init(scalingFactor: .kilo)) {
    (benchmark, streaming: Streaming<S>) throws in
    for _ in benchmark.scaledIterations { try streaming.run() }
  } setup: {
    try Streaming(shape, execution(path))
  }
}

/// The default execution, except for the path.
private func execution(_ path: RecurrentPath) throws -> Execution {
  Execution(team: try .shared(), instructionSet: try .current(), recurrentPath: path)
}
