extension Workspace {
  /// The outputs of the readout, where there is one.
  func readOut(parameters: UnsafePointer<S>, version: ParameterVersion? = nil) {
    guard let readout = layout.readout else { return }
    let bias: AffineProduct<S>.Start = readout.bias.map { .bias(parameters + $0) } ?? .zero
    forEachReadoutInput { input in
      let place = readout.weights + input.offset * readout.outputSize
      let weights = factor(
        parameters + place, depth: input.width, columns: readout.outputSize, place: place, version: version)
      run(
        AffineProduct(
          rows: outputRows, outputSize: readout.outputSize, input: .dense(input.rows, weights),
          start: input.offset == 0 ? bias : .output, output: readoutOutput.base, add: kernels.add))
    }
    guard let shortcut = readout.shortcut else { return }
    run(
      AffineProduct(
        rows: outputRows, outputSize: readout.outputSize,
        input: affineInput(
          inputRows, tokens: usesTokens ? UnsafePointer(tokens.base) : nil, inputs: readout.shortcutSize,
          outputs: readout.outputSize, place: shortcut, parameters: parameters, version: version),
        start: .output, output: readoutOutput.base, add: kernels.add))
  }

  /// Calls `body` with what the readout reads: what the highest layer puts out at every step or, on the last step, each
  /// sequence's last h of every direction, which is the window's final state.
  func forEachReadoutInput(_ body: (ReadoutInput<S>) -> Void) {
    let top = configuration.layerCount - 1
    guard configuration.readsLastStepOnly else {
      return body(
        ReadoutInput(
          rows: layerOutput(top), width: configuration.topOutputSize, offset: 0,
          error: purpose == .training ? error(into: top) : nil))
    }
    for (d, k) in directions(ofLayer: top).enumerated() {
      let memory = layers[k]
      body(
        ReadoutInput(
          rows: memory.hiddenState.base, width: memory.outputSize, offset: d * memory.outputSize,
          error: memory.hiddenStateError.base))
    }
  }
}

/// A part of what the readout reads.
struct ReadoutInput<S: Scalar> {
  /// `[output rows, width]`
  let rows: UnsafePointer<S>
  let width: Int
  /// The first of the readout's inputs that it is.
  let offset: Int
  /// `[output rows, width]`: where its error goes; only for training.
  let error: UnsafeMutablePointer<S>?
}
