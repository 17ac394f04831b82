extension LSTMState {
  /// Reads the state in `file`; nil if it has no part of it. A missing part is zero.
  ///
  /// - Parameters:
  ///   - file: The file to read.
  ///   - hidden: The name of h, `[L·D, N, H]`, or the name before `_l0` if layers differ in size.
  ///   - cell: The name of c, in the same form.
  ///   - gates: The name of the gate activations, if they are part of the state.
  ///   - configuration: The configuration of the model.
  ///   - batchSize: N.
  /// - Throws: `GatewiseError.file` that names the tensor whose shape does not match the model and the batch.
  package init?(
    in file: any TensorFile, hidden: String = "h0", cell: String = "c0", gates: String = "g0",
    for configuration: LSTMConfiguration, batchSize: Int
  ) throws(GatewiseError) {
    func read(_ name: String, _ widths: [Int]) throws(GatewiseError) -> [Tensor<S>]? {
      try StateTensors.read(
        name, from: file, widths: widths, batchSize: batchSize, isBidirectional: configuration.isBidirectional)
    }
    let hidden = try read(hidden, configuration.hiddenStateSizes)
    let cell = try read(cell, configuration.cellStateSizes)
    let gates = try read(gates, configuration.gateStateSizes)
    guard hidden != nil || cell != nil || gates != nil else { return nil }
    let zeros = LSTMState(zerosFor: configuration, batchSize: batchSize)
    self.init(hidden: hidden ?? zeros.hidden, cell: cell ?? zeros.cell, gates: gates ?? zeros.gates)
  }

  /// Returns the state as tensors for a file: `[L·D, N, H]` if all layers have the same H, otherwise one `[N, H]` for
  /// every direction of every layer; gate activations only if they are part of the state.
  package func namedTensors(
    hidden: String = "hT", cell: String = "cT", gates: String = "gT", isBidirectional: Bool = false
  ) -> [SafetensorsFile.NamedTensor] {
    [(hidden, self.hidden), (cell, self.cell), (gates, self.gates)].flatMap {
      StateTensors.named($0, $1, isBidirectional: isBidirectional)
    }
  }
}
