import Gatewise

extension ONNXGraph {
  /// The model that the graph is. Options that a graph does not have come from a note of Gatewise in the file, where
  /// there is one and it is about the same graph.
  ///
  /// - Throws: `GatewiseError.file` naming the node that Gatewise cannot be, or the tensor that holds NaN or infinity.
  public func model() throws(GatewiseError) -> LSTM<S> {
    let configuration = try configuration()
    if let noted = note?.configuration, noted.throughONNX == configuration.throughONNX,
      noted.learnsInitialState || !configuration.learnsInitialState, let model = try? model(noted, dropsNothing: true)
    {
      return model
    }
    return try model(configuration, dropsNothing: false)!
  }

  /// Text that was stored beside the model, for example a vocabulary.
  public var extras: [String: String] { note?.extras ?? [:] }

  /// What Gatewise wrote beside the graph; nil where another program did, or it cannot be read.
  private var note: ModelMetadata? {
    metadata[ModelMetadata.key].flatMap { try? ModelMetadata(json: $0, path: path) }
  }

  /// The model of a configuration, its parameters from the graph.
  ///
  /// - Parameter dropsNothing: whether a bias that the configuration does not have makes the result nil.
  private func model(_ configuration: LSTMConfiguration, dropsNothing: Bool) throws(GatewiseError) -> LSTM<S>? {
    if dropsNothing, !configuration.biases.outputs, readout?.bias != nil { return nil }
    do {
      let zeros = try LSTM<S>(configuration, initialization: .uniform(), seed: 0)
      var parameters: [S] = []
      parameters.reserveCapacity(zeros.layout.count)
      for entry in zeros.layout.entries {
        guard let elements = elements(of: entry, configuration, dropsNothing: dropsNothing) else { return nil }
        guard elements.count == entry.count else {
          throw GatewiseError.shapeMismatch(name: entry.name, expected: entry.shape, found: [elements.count])
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

  /// The parameters of one tensor; nil where the graph has more than fits it.
  private func elements(
    of entry: ParameterLayout.Entry, _ configuration: LSTMConfiguration, dropsNothing: Bool
  ) -> [S]? {
    switch entry.role {
    case .embedding: return embedding?.table.elements
    case .readoutWeights: return readout?.weights.elements
    case .shortcutWeights: return readout?.inputWeights?.elements
    case .readoutBias: return readout.map { $0.bias ?? Array(repeating: 0, count: entry.count) }
    // No graph that was read has these.
    case .gateWeights, .projectionWeights: return nil
    case .inputWeights, .recurrentWeights, .bias, .peepholes, .initialHidden, .initialCell: break
    }
    guard let index = entry.layer else { return nil }
    let layer = layers[index]
    let cell = layer.cells[entry.isReverse ? 1 : 0]
    // A coupled forget gate has rows in the file that mean nothing.
    let gates = layer.couplesInputAndForget ? [0, 2, 3] : [0, 1, 2, 3]
    switch entry.role {
    case .inputWeights: return cell.inputWeights.columns(gates, of: 4, width: layer.hiddenSize)
    case .recurrentWeights: return cell.recurrentWeights.columns(gates, of: 4, width: layer.hiddenSize)
    case .peepholes:
      let rows = layer.couplesInputAndForget ? [0, 2] : [0, 1, 2]
      return (cell.peepholes ?? Array(repeating: 0, count: 3 * layer.hiddenSize))
        .columns(rows, of: 3, width: layer.hiddenSize)
    case .bias:
      let sum = cell.bias ?? Array(repeating: 0, count: 4 * layer.hiddenSize)
      let (kept, dropped) = (
        gates.filter { $0 == 2 ? configuration.biases.cells : configuration.biases.gates },
        gates.filter { $0 == 2 ? !configuration.biases.cells : !configuration.biases.gates }
      )
      let lost = sum.columns(dropped, of: 4, width: layer.hiddenSize)
      return dropsNothing && lost.contains { $0 != 0 } ? nil : sum.columns(kept, of: 4, width: layer.hiddenSize)
    case .initialHidden: return cell.initialHidden.numbers(entry.count)
    default: return cell.initialCell.numbers(entry.count)
    }
  }
}

extension ONNXLayer.Cell {
  /// The sum of both biases, `[4H]`; nil where there are none.
  var bias: [S]? {
    guard let inputBias else { return nil }
    // -0 + 0 is +0: leaving the first bias as it is keeps its bits.
    return recurrentBias.map { zip(inputBias, $0).map { $1 == 0 ? $0 : $0 + $1 } } ?? inputBias
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
    result.cell.gateActivation = cell.gateActivation.throughONNX
    result.cell.inputActivation = cell.inputActivation.throughONNX
    result.cell.outputActivation = cell.outputActivation.throughONNX
    result.cell.preActivationClip = cell.preActivationClip.map { Double("\(Float($0))") ?? $0 }
    return result
  }
}
