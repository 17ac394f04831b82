import Benchmark
import Gatewise

// What is set up, allocation of the workspace included, stays out of the measured region: the closures that make models
// and data run once before it, and the warm-up iterations make every buffer.
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
  for shape in shapes { training(shape, Float.self) }
  training(shapes[0], Double.self)
  for shape in shapes { inference(shape, Float.self) }
  streaming(Workload(layers: 1, hiddenSize: 64, batchSize: 1, steps: 1), Float.self)
}

/// One update: forward, loss, full backward, SGD.
func training<S: Scalar>(_ shape: Workload, _: S.Type) {
  Benchmark("train \(shape.name) \(S.self)") { (benchmark, prepared: (Trainer<S>, SequenceBatch<S>)) throws in
    let (trainer, batch) = prepared
    for _ in benchmark.scaledIterations { blackHole(try trainer.step(batch)) }
  } setup: {
    let trainer = try Trainer(shape.model(S.self), loss: MeanSquaredError(), optimizer: SGD(learningRate: 1e-3))
    return (trainer, try shape.batch(S.self))
  }
}

/// One forward pass of a window as a program calls it, the tensors that it returns included.
func inference<S: Scalar>(_ shape: Workload, _: S.Type) {
  Benchmark("forward \(shape.name) \(S.self)") { (benchmark, prepared: (LSTM<S>, Tensor<S>)) throws in
    let (model, x) = prepared
    for _ in benchmark.scaledIterations { blackHole(try model.forward(x)) }
  } setup: {
    (try shape.model(S.self), try shape.input(S.self))
  }
}

/// One step of a running session; a thousand an iteration, as one takes microseconds.
func streaming<S: Scalar>(_ shape: Workload, _: S.Type) {
  Benchmark("step \(shape.name) \(S.self)", configuration: .init(scalingFactor: .kilo)) {
    (benchmark, prepared: (StreamingSession<S>, [S])) throws in
    let (session, x) = prepared
    for _ in benchmark.scaledIterations { blackHole(try session.step(x)) }
  } setup: {
    (try StreamingSession(shape.model(S.self), batchSize: shape.batchSize), try shape.input(S.self).elements)
  }
}
