import Gatewise

extension ONNXGraph {
  /// Returns the model of the graph. Options that a graph cannot express are read from Gatewise's metadata in the file,
  /// if it exists and describes the same graph.
  ///
  /// - Throws: `GatewiseError.file` naming the node that Gatewise cannot represent, or the tensor that contains NaN or
  ///   infinity.
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

  /// Text that was stored with the model, for example a vocabulary.
  public var extras: [String: String] { note?.extras ?? [:] }

  /// Gatewise's metadata; nil if another program wrote the file or the metadata cannot be read.
  private var note: ModelMetadata? {
    metadata[ModelMetadata.key].flatMap { try? ModelMetadata(json: $0, path: path) }
  }

  /// Whether the graph has a bias that the configuration does not have.
  private func losesBias(_ configuration: LSTMConfiguration) -> Bool {
    if !configuration.biases.outputs, readout?.bias != nil { return true }
    return layers.contains { layer in
      let (_, dropped) = biasedGates(of: layer, configuration)
      return layer.cells.contains { cell in
        (cell.bias?.columns(dropped, of: 4, width: layer.hiddenSize) ?? []).contains { $0 != 0 }
      }
    }
  }

  /// The used gates among i, f, g, o with a bias, and those without.
  private func biasedGates(
    of layer: ONNXLayer<S>, _ configuration: LSTMConfiguration
  ) -> (kept: [Int], dropped: [Int]) {
    func isKept(_ gate: Int) -> Bool { gate == 2 ? configuration.biases.cells : configuration.biases.gates }
    return (layer.gates.filter(isKept), layer.gates.filter { !isKept($0) })
  }

  /// Creates the model of a configuration with the graph's parameters.
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
            problem: "\(name(of: entry)) contains NaN or infinity (or a number too large for its type) at \(place) of "
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

  /// Returns the parameters of one tensor; nil if the graph has none.
  private func elements(of entry: ParameterLayout.Entry, _ configuration: LSTMConfiguration) -> [S]? {
    switch entry.role {
    case .embedding: return embedding?.table.elements
    case .readoutWeights: return readout?.weights.elements
    case .shortcutWeights: return readout?.inputWeights?.elements
    case .readoutBias: return readout.map { $0.bias ?? Array(repeating: 0, count: entry.count) }
    // No graph that can be read has these.
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
  /// The used gates among i, f, g, o; the rows of a coupled forget gate in the file are meaningless.
  var gates: [Int] { couplesInputAndForget ? [0, 2, 3] : [0, 1, 2, 3] }
}

extension ONNXLayer.Cell {
  /// The sum of both biases, `[4H]`; nil if there are none.
  var bias: [S]? {
    inputBias.map { GateOrder.sum([$0] + (recurrentBias.map { [$0] } ?? [])) }
  }
}

extension ONNXLayer.InitialState {
  /// The numbers; zeros if the graph stores none.
  fileprivate func numbers(_ count: Int) -> [S] {
    if case .constant(let numbers) = self { numbers } else { Array(repeating: 0, count: count) }
  }
}

extension Array {
  /// Returns some blocks of columns, each `width` wide, from rows of `blocks` blocks.
  func columns(_ chosen: [Int], of blocks: Int, width: Int) -> [Element] {
    if chosen == Array<Int>(0..<blocks) { return self }
    return stride(from: 0, to: count, by: blocks * width).flatMap { row in
      chosen.flatMap { self[row + $0 * width..<row + ($0 + 1) * width] }
    }
  }
}

extension LSTMConfiguration {
  /// The part of a configuration that a graph stores, always with biases and learned states.
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
