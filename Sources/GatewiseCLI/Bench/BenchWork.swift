import Gatewise

/// The work of one run of a row, with all preparation done, ready to be timed.
struct BenchWork {
  let run: () throws -> Void
  /// The peak memory since model and data were allocated and touched, but before anything else that a run needs.
  let memory: PeakMemory

  /// Prepares the work of a row.
  ///
  /// - Throws: `GatewiseError` if the shape exceeds this machine's memory.
  init(_ shape: BenchShape, execution: Execution) throws {
    switch shape.dtype {
    case .float32: try self.init(shape, as: Float.self, execution)
    case .float64: try self.init(shape, as: Double.self, execution)
    }
  }

  private init<S: Scalar>(_ shape: BenchShape, as type: S.Type, _ execution: Execution) throws {
    let model = try LSTM<S>(shape.configuration, seed: 1)
    let rows = Double(shape.window) * Double(shape.batch)
    try MemoryLimit.require(
      bytes: rows * Double(shape.inputSize + shape.outputSize) * Double(MemoryLayout<S>.stride),
      for: "The input of \(shape.window) steps of \(shape.batch) sequences")
    var stream = RandomStream(seed: 1)
    func draw(_ shape: [Int]) -> Tensor<S> {
      var tensor = Tensor<S>(repeating: 0, shape: shape)
      for index in tensor.elements.indices { tensor.elements[index] = stream.uniform(in: -1...1) }
      return tensor
    }
    let x = draw([shape.window, shape.batch, shape.inputSize])
    let dy = shape.mode == .train ? draw([shape.window, shape.batch, shape.outputSize]) : x
    let batch = try SequenceBatch(inputs: x, lengths: shape.lengths)
    // A minimal training step, so that one-time allocations of libraries are not counted for this row.
    _ = try model.gradients(of: draw([1, 1, shape.inputSize]), execution: execution)
    memory = PeakMemory()
    switch shape.mode {
    case .train:
      let pass = try GradientPass<S>(
        shape.configuration, steps: shape.window, batchSize: shape.batch, rule: shape.rule, execution: execution)
      var gradients = [S](repeating: 0, count: model.layout.count)
      // Without padding, y can be read in the pass. With padding it is copied, since other engines restore the padding
      // in every run.
      let pads = shape.lengths != nil
      var y = Tensor<S>(repeating: 0, shape: pads ? [shape.window, shape.batch, shape.outputSize] : [0, 0, 0])
      run = {
        try pass.forward(model, batch)
        if pads { try pass.copyOutput(into: &y) }
        try pass.backward(model, outputGradient: dy, into: &gradients)
      }
    case .infer:
      let pass = try InferencePass<S>(
        shape.configuration, steps: shape.window, batchSize: shape.batch, weights: shape.weights, execution: execution)
      var y = Tensor<S>(repeating: 0, shape: [shape.window, shape.batch, shape.outputSize])
      run = { try pass.forward(model, batch, into: &y) }
    case .step:
      let session = try StreamingSession(
        model, batchSize: shape.batch, weights: shape.weights, execution: execution)
      var y = [S](repeating: 0, count: shape.batch * shape.outputSize)
      run = { try session.step(x.elements, into: &y) }
    }
  }
}
