extension LSTM {
  /// δ of every direction of every layer alone; the arguments are those of `gradients`.
  package func deltas(
    of x: Tensor<S>, initialState: LSTMState<S>? = nil, outputGradient: Tensor<S>? = nil,
    rule: any GradientRule = BPTT(), execution: Execution? = nil
  ) throws -> [Tensor<S>] {
    try gradients(
      of: x, initialState: initialState, outputGradient: outputGradient, rule: rule, recordsDeltas: true,
      execution: execution
    ).deltas
  }

  /// Checks that a rule leaves δ of the whole window. Exact RTRL forms none, but leads the
  /// error of the input back as BPTT does, and so leaves BPTT's.
  func requireDeltas(of rule: any GradientRule, steps: Int) throws(GatewiseError) {
    guard rule._segment ?? steps >= steps, rule._truncation?.every ?? steps >= steps else {
      throw .invalidArgument(
        "A rule that goes in parts has the deltas of one part at a time; ask a rule that leads the error back over the "
          + "whole window for them.")
    }
  }
}

extension Workspace {
  /// δ of every direction of every layer, as a backward pass has left it, `[T, N, C]` in the order of time.
  func recordedDeltas(steps: Int) -> [Tensor<S>] {
    layout.layers.indices.map { k in
      var tensor = Tensor<S>(repeating: 0, shape: [steps, batchSize, layers[k].columns])
      // Where nets are normalized, the gates' place holds ∂E/∂ what their norm was taken of.
      var delta = UnsafePointer(layers[k].gates.base)
      if case .gates = layout.layers[k].normalization { delta = UnsafePointer(layers[k].normalization.netErrors.base) }
      copySteps(delta, width: layers[k].columns, of: k, into: &tensor, from: 0)
      return tensor
    }
  }
}
