import Gatewise

// The outputs of the graph, which determine the readout among the affine maps.

extension GraphReader {
  /// Records one of the graph's outputs.
  ///
  /// - Throws: `GatewiseError.file` if Gatewise cannot compute it.
  mutating func note(output name: String) throws(GatewiseError) {
    guard let value = try value(name) else {
      throw .file(path: path, problem: "has the output \(quoted(name)), which no node computes; write the file again.")
    }
    switch value {
    case .signal(let signal): try note(signal, output: name)
    case .joined(let parts, let joint):
      for part in parts {
        guard let layer = part.layer, !part.axes[joint].contains(where: { $0.id == layerAxes[layer].hidden.id }) else {
          throw outputProblem(name, "combines values of different kinds")
        }
        try note(part, output: name)
      }
    case .numbers, .extents: break
    case .unknown(let source):
      throw outputProblem(name, "comes from \(source), which Gatewise does not support")
    }
  }

  private mutating func note(_ signal: Signal, output name: String) throws(GatewiseError) {
    switch signal.base {
    case .affine(let index): try note(affine: index, seenAs: signal, output: name)
    case .function(let index):
      let function = functions[index]
      guard graph.outputFunction == nil || graph.outputFunction == function.kind else {
        throw outputProblem(name, "is the \(function.kind.rawValue) of the outputs, but another has another function")
      }
      graph.outputFunction = function.kind
      // The elements selected before the function, and after it.
      var part = Signal(base: function.of.base, axes: signal.axes, picks: function.of.picks)
      for (atom, pick) in signal.picks {
        guard part.picks.updateValue(pick, forKey: atom) == nil else {
          throw outputProblem(name, "is a part of a part")
        }
      }
      try note(part, output: name)
    case .output(let index), .finalHidden(let index), .finalCell(let index):
      let axes = layerAxes[index]
      try require(axes.direction, axes.hidden, in: signal, output: name)
      // A single direction, or the last row, is a part of the model's output.
      let others = signal.picks.filter { id, pick in
        !axes.direction.contains { $0.id == id } && !(pick.isLast && axes.time.map(\.id) == [id])
      }
      guard others.isEmpty else { throw outputProblem(name, "contains only some of the steps or sequences") }
      graph.outputLayers.insert(index)
    case .input, .embedding: break
    }
  }

  /// Checks that an output has all units of a layer, or all outputs of a readout, in their order.
  private func require(
    _ direction: [Atom], _ units: Atom, in signal: Signal, output name: String
  ) throws(GatewiseError) {
    guard units.size != 1 || signal.picks[units.id] != nil else { return }
    guard signal.picks[units.id] == nil else { throw outputProblem(name, "contains only some of the units") }
    guard let axis = signal.axes.first(where: { $0.contains(units) })?.ordinary,
      axis == [units] || axis.suffix(direction.count + 1) == (direction + [units])[...]
    else { throw outputProblem(name, "contains the units in another order") }
  }

  private mutating func note(affine index: Int, seenAs part: Signal, output name: String) throws(GatewiseError) {
    let affine = affines[index]
    try require([], affine.outputs, in: part, output: name)
    var readout: ONNXReadout<S>?
    var inputWeights: Tensor<S>?
    for (signal, weights) in affine.terms {
      if case .input(_, false) = signal.base, signal.picks.isEmpty, signal.axes.last?.count == 1, inputWeights == nil {
        inputWeights = weights
        continue
      }
      guard readout == nil, let layer = signal.layer, let position = position(of: signal),
        signal.axes.last == layerAxes[layer].direction + [layerAxes[layer].hidden]
      else {
        throw .file(
          path: path,
          problem: "\(affine.name) is an affine map of a value that is not a layer's output or final state;"
            + " export the model without it.")
      }
      readout = ONNXReadout(name: affine.name, layer: layer, position: position, weights: weights, bias: affine.bias)
    }
    guard var readout else {
      throw .file(
        path: path, problem: "\(affine.name) is an affine map of only the input; export the model without it.")
    }
    readout.inputWeights = inputWeights
    if !part.picks.isEmpty { readout.position = try position(of: readout, part, output: name) }
    if let other = graph.readout {
      // The same map may be an output twice, with and without a function.
      guard other.name == readout.name, other.weights == readout.weights, other.bias == readout.bias,
        other.position == readout.position
      else {
        throw outputProblem(name, "is a second affine map, \(readout.name) in addition to \(other.name)")
      }
    }
    graph.readout = readout
    graph.outputLayers.insert(readout.layer)
  }

  private func position(of signal: Signal) -> ONNXReadout<S>.Position? {
    guard let layer = signal.layer else { return nil }
    switch signal.base {
    case .finalHidden: return signal.picks.isEmpty ? .finalState : nil
    case .output:
      if signal.picks.isEmpty { return .everyStep }
      return isLastRow(signal, of: layer) ? .lastRow : nil
    default: return nil
    }
  }

  /// The part of the layer that an output with the last row of a readout reads.
  private func position(
    of readout: ONNXReadout<S>, _ part: Signal, output name: String
  ) throws(GatewiseError) -> ONNXReadout<S>.Position {
    guard readout.position == .everyStep, isLastRow(part, of: readout.layer) else {
      throw outputProblem(name, "contains only a part of the output of \(readout.name)")
    }
    let layer = graph.layers[readout.layer]
    return layer.direction == .forward && layer.sequenceLengthsName == nil ? .finalState : .lastRow
  }

  /// Whether the selected part is the last step.
  private func isLastRow(_ signal: Signal, of layer: Int) -> Bool {
    guard signal.picks.count == 1, let (id, pick) = signal.picks.first else { return false }
    return pick.isLast && layerAxes[layer].time.map(\.id) == [id]
  }

  private func outputProblem(_ name: String, _ what: String) -> GatewiseError {
    .file(path: path, problem: "its output \(quoted(name)) \(what); export the model without it.")
  }
}
