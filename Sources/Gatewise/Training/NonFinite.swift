extension Workspace {
  /// Where the first NaN or infinity of the last forward pass stands, as a sentence: the earliest step, in it the lowest
  /// layer, in it the first gate.
  func firstNonFinite(_ batch: SequenceBatch<S>) -> String {
    let gateNames = ["input gate", "forget gate", "candidate", "output gate"]
    for t in 0..<packing.steps {
      for n in 0..<packing.active[t] {
        let row = packing.offset[t] + n
        let place = "at step \(t) of sequence \(packing.order[n])"
        if !usesTokens, !isFinite(input.base + row * configuration.inputSize, configuration.inputSize) {
          return "the input \(place) is not finite."
        }
        for (l, memory) in layers.enumerated() {
          let H = memory.hiddenSize
          for (block, name) in gateNames.enumerated()
          where !isFinite(memory.gates.base + (4 * row + block) * H, H) {
            return "it began \(place), in the \(name) of layer \(l); lower the learning rate or clip the gradient."
          }
          let state = packing.stateRow(before: t + 1) + n
          if !isFinite(memory.cells.base + state * H, H) {
            return "it began \(place), in the cell state of layer \(l); lower the learning rate or clip the gradient."
          }
        }
      }
    }
    if !isFinite(output, outputRows * configuration.outputSize) {
      return "it began in the readout; lower the learning rate or clip the gradient."
    }
    if !batch.targets.isEmpty, let row = batch.targets.firstIndex(where: { !$0.isFinite }) {
      return "target value \(row) of the batch is not finite; mend the data."
    }
    return "the outputs are finite, but too far from the targets; lower the learning rate or clip the gradient."
  }

  private func isFinite(_ values: UnsafePointer<S>, _ count: Int) -> Bool {
    for j in 0..<count where !values[j].isFinite { return false }
    return true
  }
}
