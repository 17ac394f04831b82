extension Engine {
  /// δ of every direction of every layer, as a backward pass has left it, `[T, N, C]` in the order of time.
  func recordedDeltas(steps: Int) -> [Tensor<S>] {
    directions.map { direction in
      let memory = direction.memory
      var tensor = Tensor<S>(repeating: 0, shape: [steps, window.batchSize, memory.layer.columns.count])
      tensor.elements.withMutableView {
        window.scatter(direction.recordedDelta, into: $0, turns: memory.layer.isReverse)
      }
      return tensor
    }
  }
}
