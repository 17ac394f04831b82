// A parameter's own part in a step of its layer: it belongs to one column, and multiplies one number.

extension SensitivityStep {
  /// Which net a parameter of the source layer belongs to, and what it multiplies there.
  private struct Part {
    /// The net's column.
    let column: Int
    /// u_m
    let u: S
  }

  /// The part of every parameter of a block of columns; h_0, c_0 and gate activations behind them have none.
  private func forEachPart(
    _ jacobian: LayerJacobian<S>, _ block: Range<Int>, _ body: (_ parameter: Int, _ part: Part) -> Void
  ) {
    let layer = jacobian.layer
    let (I, H, G, C) = (layer.inputSize, layer.hiddenSize, jacobian.byGates.matrix.columns, layer.columns.count)
    let weights = (I + H + G) * C
    for parameter in block where parameter < min(weights, shape.sources[source].parameters) {
      let row = parameter / C
      let u: S =
        row < I
        ? input.x.map { $0[row] } ?? (row == input.token ? 1 : 0)
        : row < I + H ? input.yPrevious[row - I] : input.gatesPrevious[row - I - H]
      body(parameter, Part(column: parameter % C, u: u))
    }
    var parameter = weights
    for range in layer.bias.ranges {
      for column in range {
        if block.contains(parameter) { body(parameter, Part(column: column, u: 1)) }
        parameter += 1
      }
    }
    guard layer.peepholes != nil else { return }
    for gate in layer.columns.gates {
      let c = gate == layer.columns.output ? input.c : input.cPrevious
      for k in 0..<H {
        if block.contains(parameter) {
          body(parameter, Part(column: gate + k / layer.columns.cellsPerBlock, u: c[k]))
        }
        parameter += 1
      }
    }
  }

  /// Into what the layer's Jacobian has made of all others: ∂c_t, and ∂net of the gates that have rows.
  func addDirectTerms(_ jacobian: LayerJacobian<S>, _ block: Range<Int>, _ made: MatrixView<S>) {
    let (columns, factors) = (jacobian.layer.columns, jacobian.factors)
    forEachPart(jacobian, block) { parameter, part in
      let row = made[parameter - block.lowerBound]
      if part.column >= columns.output {
        row[columns.cells + part.column - columns.output] += part.u
      } else if part.column >= columns.candidate {
        let k = part.column - columns.candidate
        row[k] += factors.coefficientOfCandidate[k] * part.u
      } else {
        let (gate, b) = part.column.quotientAndRemainder(dividingBy: columns.blocks)
        for k in jacobian.cell.cells(of: b) { row[k] += factors.coefficient(ofGate: gate)[k] * part.u }
        if jacobian.hasGateRows { row[columns.cells + columns.blocks + part.column] += part.u }
      }
    }
  }
}
