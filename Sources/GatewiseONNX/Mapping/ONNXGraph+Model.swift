import Gatewise

extension ONNXGraph {
  /// The model that the graph is. Options that a graph does not have come from a note of Gatewise in the file, where
  /// there is one and it is about the same graph.
  ///
  /// - Throws: `GatewiseError.file` naming the node that Gatewise cannot be, or the tensor that holds NaN or infinity.
  public func model() throws(GatewiseError) -> LSTM<S> {
    let configuration = try configuration()
    if let noted = note?.configuration, noted.throughONNX == configuration.throughONNX,
      (try? noted.requireONNX()) != nil,
      noted.learnsInitialState || !configuration.learnsInitialState, !losesBias(noted), let model = try? model(noted)
    {
      return model
    }
    return try model(configuration)
  }

  /// Text that was stored beside the model, for example a vocabulary.
  public var extras: [String: String] { note?.extras ?? [:] }

  /// What Gatewise wrote beside the graph; nil where another program did, or it cannot be read.
  private var note: ModelMetadata? {
    metadata[ModelMetadata.key].flatMap { try? ModelMetadata(json: $0, path: path) }
  }

  /// Whether the graph has a bias where the configuration has none.
  private func losesBias(_ configuration: LSTMConfiguration) -> Bool {
    if !configuration.biases.outputs, readout?.bias != nil { return true }
    return layers.contains { layer in
      let (_, dropped) = biasedGates(of: layer, configuration)
      return layer.cells.contains { cell in
        (cell.bias?.columns(dropped, of: 4, width: layer.hiddenSize) ?? []).contains { $0 != 0 }
      }
    }
  }

  /// The gates among i, f, g, o that have a bias, and those that have none, of the gates that count.
  private func biasedGates(
    of layer: ONNXLayer<S>, _ configuration: LSTMConfiguration
  ) -> (kept: [Int], dropped: [Int]) {
    func isKept(_ gate: Int) -> Bool { gate == 2 ? configuration.biases.cells : configuration.biases.gates }
    return (layer.gates.filter(isKept), layer.gates.filter { !isKept($0) })
  }

  /// The model of a configuration, its parameters from the graph.
  private func model(_ configuration: LSTMConfiguration) throws(GatewiseError) -> LSTM<S> {
    do {
      let layout = ParameterLayout(configuration)
      var parameters: [S] = []
      parameters.reserveCapacity(layout.count)
      for entry in layout.entries {
        guard let elements = elements(of: entry, configuration), elements.count == entry.count else {
          throw GatewiseError.file(
            path: path, problem: "\(name(of: entry)) has no numbers for \(entry.name) \(entry.shape); export it again.")
        }
        if let place = firstNonFinite(elements[...], shape: entry.shape) {
          throw GatewiseError.file(
            path: path,
            problem: "\(name(of: entry)) holds NaN or infinity (or a number too large for its type) at \(place) of "
              + "\(entry.name); use a model that was saved before its training diverged.")
        }
        parameters += elements
      }
      return try LSTM(configuration, parameters: parameters)
    } catch let error as GatewiseError {
      throw error
    } catch {
      preconditionFailure("\(error)")
    }
  }

  private func name(of entry: ParameterLayout.Entry) -> String {
    entry.layer.map { layers[$0].name } ?? (entry.role == .embedding ? "the embedding" : readout?.name ?? "the graph")
  }

  /// The parameters of one tensor; nil where the graph has none such.
  private func elements(of entry: ParameterLayout.Entry, _ configuration: LSTMConfiguration) -> [S]? {
    switch entry.role {
    case .embedding: return embedding?.table.elements
    case .readoutWeights: return readout?.weights.elements
    case .shortcutWeights: return readout?.inputWeights?.elements
    case .readoutBias: return readout.map { $0.bias ?? Array(repeating: 0, count: entry.count) }
    // No graph that was read has these.
    case .gateWeights, .projectionWeights, .normalizationGain, .normalizationBias: return nil
    case .inputWeights, .recurrentWeights, .bias, .peepholes, .initialHidden, .initialCell: break
    }
    guard let index = entry.layer else { return nil }
    let layer = layers[index]
    let cell = layer.cells[entry.isReverse ? 1 : 0]
    switch entry.role {
    case .inputWeights: return cell.inputWeights.columns(layer.gates, of: 4, width: layer.hiddenSize)
    case .recurrentWeights: return cell.recurrentWeights.columns(layer.gates, of: 4, width: layer.hiddenSize)
    case .peepholes:
      let rows = layer.couplesInputAndForget ? [0, 2] : [0, 1, 2]
      return (cell.peepholes ?? Array(repeating: 0, count: 3 * layer.hiddenSize))
        .columns(rows, of: 3, width: layer.hiddenSize)
    case .bias:
      let sum = cell.bias ?? Array(repeating: 0, count: 4 * layer.hiddenSize)
      return sum.columns(biasedGates(of: layer, configuration).kept, of: 4, width: layer.hiddenSize)
    case .initialHidden: return cell.initialHidden.numbers(entry.count)
    default: return cell.initialCell.numbers(entry.count)
    }
  }
}

extension ONNXLayer {
  /// The gates among i, f, g, o that count: a coupled forget gate has rows in the file that mean nothing.
  var gates: [Int] { couplesInputAndForget ? [0, 2, 3] : [0, 1, 2, 3] }
}

extension ONNXLayer.Cell {
  /// The sum of both biases, `[4H]`; nil where there are none.
  var bias: [S]? {
    inputBias.map { GateOrder.sum([$0] + (recurrentBias.map { [$0] } ?? [])) }
  }
}

extension ONNXLayer.InitialState {
  /// The numbers, zeros where the graph has none of its own.
  fileprivate func numbers(_ count: Int) -> [S] {
    if case .constant(let numbers) = self { numbers } else { Array(repeating: 0, count: count) }
  }
}

extension Array {
  /// Some blocks of columns, each `width` wide, out of rows of `blocks` blocks.
  func columns(_ chosen: [Int], of blocks: Int, width: Int) -> [Element] {
    if chosen == Array<Int>(0..<blocks) { return self }
    return stride(from: 0, to: count, by: blocks * width).flatMap { row in
      chosen.flatMap { self[row + $0 * width..<row + ($0 + 1) * width] }
    }
  }
}

extension LSTMConfiguration {
  /// What is left of the configuration in a graph, with biases and learned states in any case.
  var throughONNX: LSTMConfiguration {
    var result = self
    result.regularization = .none
    result.biases = .all
    result.learnsInitialState = false
    result.isResidual = isResidual && layerCount > 1
    result.cell.gateActivation = cell.gateActivation.throughONNX
    result.cell.inputActivation = cell.inputActivation.throughONNX
    result.cell.outputActivation = cell.outputActivation.throughONNX
    result.cell.preActivationClip = cell.preActivationClip.map { Double("\(Float($0))") ?? $0 }
    return result
  }
}
