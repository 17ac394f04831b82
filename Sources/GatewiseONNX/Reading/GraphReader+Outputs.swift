import Gatewise

// What the outputs of the graph say: which of the affine maps is the readout.

extension GraphReader {
  /// Takes note of one of the graph's outputs.
  ///
  /// - Throws: `GatewiseError.file` where it is something that Gatewise does not compute.
  mutating func note(output name: String) throws(GatewiseError) {
    guard let value = try value(name) else {
      throw .file(path: path, problem: "has the output \(quoted(name)), which no node makes; write the file again.")
    }
    switch value {
    case .signal(let signal): try note(signal, output: name)
    case .joined(let parts, _):
      guard parts.allSatisfy({ $0.layer != nil }) else { throw outputProblem(name, "puts different things together") }
    case .numbers, .extents: break
    case .unknown(let source):
      throw outputProblem(name, "comes from \(source), which Gatewise does not read")
    }
  }

  private mutating func note(_ signal: Signal, output name: String) throws(GatewiseError) {
    switch signal.base {
    case .affine(let index): try note(affine: index, output: name)
    case .function(let index):
      let function = functions[index]
      guard graph.outputFunction == nil || graph.outputFunction == function.kind else {
        throw outputProblem(name, "is the \(function.kind.rawValue), beside another function, of the outputs")
      }
      graph.outputFunction = function.kind
      try note(function.of, output: name)
    default: break
    }
  }

  private mutating func note(affine index: Int, output name: String) throws(GatewiseError) {
    let affine = affines[index]
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
          problem: "\(affine.name) is an affine map of something else than a layer's output or final state;"
            + " export the model without it.")
      }
      readout = ONNXReadout(name: affine.name, layer: layer, position: position, weights: weights, bias: affine.bias)
    }
    guard var readout else {
      throw .file(
        path: path, problem: "\(affine.name) is an affine map of the input alone; export the model without it.")
    }
    readout.inputWeights = inputWeights
    if let other = graph.readout {
      // The same map may be an output twice, with and without a function behind it.
      guard other.name == readout.name, other.weights == readout.weights, other.bias == readout.bias else {
        throw outputProblem(name, "is a second affine map, \(readout.name) beside \(other.name)")
      }
    }
    graph.readout = readout
  }

  private func position(of signal: Signal) -> ONNXReadout<S>.Position? {
    guard let layer = signal.layer else { return nil }
    switch signal.base {
    case .finalHidden: return signal.picks.isEmpty ? .finalState : nil
    case .output:
      if signal.picks.isEmpty { return .everyStep }
      guard signal.picks.count == 1, let (id, pick) = signal.picks.first, pick.isLast,
        layerAxes[layer].time.map(\.id) == [id]
      else { return nil }
      return .lastRow
    default: return nil
    }
  }

  private func outputProblem(_ name: String, _ what: String) -> GatewiseError {
    .file(path: path, problem: "its output \(quoted(name)) \(what); export the model without it.")
  }
}
