extension WindowPass {
  /// Returns a sentence with the position of the first NaN or infinity of the last forward pass: the earliest step, in
  /// it the lowest layer, in it the first gate.
  func firstNonFinite(_ batch: SequenceBatch<S>, _ parameters: ParameterVector<S>) -> String {
    var sentence: String?
    search(batch, parameters) { segment in
      sentence = firstNonFinite(from: segment.start, hasOutputs: hasOutputs(segment))
      return sentence != nil
    }
    if let sentence { return sentence }
    if !batch.targets.isEmpty, let row = batch.targets.firstIndex(where: { !$0.isFinite }) {
      return "target value \(row) of the batch is not finite; correct the data."
    }
    return "the outputs are finite, but the loss overflows; lower the learning rate or clip the gradient."
  }

  /// Returns the position of the first NaN or infinity of a window that starts at step `start` of its batch, nil if
  /// there is none.
  private func firstNonFinite(from start: Int, hasOutputs: Bool) -> String? {
    let (packing, configuration) = (engine.window.packing, engine.configuration)
    for t in 0..<packing.steps {
      for n in 0..<packing.active[t] {
        let row = packing.offset[t] + n
        let place = "at step \(start + t) of sequence \(packing.order[n])"
        if case .rows(let x) = engine.window.input, !isFinite(x[row]) {
          return "the input \(place) is not finite."
        }
        for (k, direction) in engine.directions.enumerated() {
          // Steps of a reverse direction are in the order in which they ran.
          let (memory, columns) = (direction.memory, direction.layer.columns)
          let layer = configuration.nameOfDirection(k)
          for (net, block) in columns.nets where !isFinite(memory.gates[row][block]) {
            return "the first non-finite value is \(place), in the \(net.name) of \(layer); lower the learning rate or "
              + "clip the gradient."
          }
          let state = packing.stateRow(before: t + 1) + n
          if !isFinite(memory.cells.all[state]) {
            return "the first non-finite value is \(place), in the cell state of \(layer); lower the learning rate or "
              + "clip the gradient."
          }
        }
      }
    }
    if hasOutputs, !isFinite(engine.output.elements) {
      return "the first non-finite value is in the readout; lower the learning rate or clip the gradient."
    }
    return nil
  }

  private func isFinite(_ values: VectorView<S>) -> Bool {
    for j in 0..<values.count where !values[j].isFinite { return false }
    return true
  }
}
