extension LSTM {
  /// δ_t = ∂E/∂a_t of every layer, `[T, N, C]` in the order i, f, g, o, as a rule leads them to the layer's own weights
  /// (Equations, Backward); the lowest layer first.
  ///
  /// The arguments are those of
  /// ``gradients(of:lengths:initialState:outputGradient:finalStateGradient:rule:execution:)``.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for a rule that does not hold the whole window at once; what gradients
  ///   throw.
  package func deltas(
    of x: Tensor<S>, initialState: LSTMState<S>? = nil, outputGradient: Tensor<S>? = nil,
    rule: any GradientRule = BPTT(), execution: Execution? = nil
  ) throws -> [Tensor<S>] {
    let batch = try validBatch(x, lengths: nil)
    if let segment = rule._segment, segment < batch.steps {
      throw GatewiseError.invalidArgument(
        "The deltas of \(batch.steps) steps were asked for, but the rule holds \(segment) at once; give one that holds all."
      )
    }
    var deltas = layout.layers.map { layer in
      Tensor<S>(repeating: 0, shape: [batch.steps, batch.batchSize, layer.columns.count])
    }
    _ = try gradients(
      of: batch, initialState: initialState, outputGradient: outputGradient, finalStateGradient: nil, rule: rule,
      execution: execution
    ) { workspace in
      for (l, memory) in workspace.layers.enumerated() {
        deltas[l].elements.withUnsafeMutableBufferPointer {
          guard let base = $0.baseAddress else { return }
          workspace.scatter(memory.gates.base, width: memory.columns, into: base)
        }
      }
    }
    return deltas
  }
}
