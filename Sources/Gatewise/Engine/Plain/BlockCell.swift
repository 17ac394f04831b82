/// The gate arithmetic of a layer of memory blocks, for every member of the family (Equations, The family): row after
/// row, in plain loops around the activations.
///
/// The default cell has fused kernels for this; all others run here. Letters: C columns, H cells, B blocks, G gate
/// activations, as in `GateColumns`.
struct BlockCell<S: Scalar> {
  let cell: MemoryCell
  let columns: GateColumns
  /// p `[gates, H]`, rows in the order of `GateColumns.gates`; nil where there are none.
  let peepholes: MatrixView<S>?
  /// f, g and h, with their bounds.
  let gateActivation: BoundedActivation<S>
  let inputActivation: BoundedActivation<S>
  let outputActivation: BoundedActivation<S>
  /// The most that a cell state may be.
  let cellClip: S?
  /// What normalizes; nil where nothing does.
  let normalization: Normalization<S>?
  let kernels: Kernels<S>

  init(
    _ layer: LayerParameters, _ parameters: ParameterVector<S>, normalization: Normalization<S>? = nil,
    _ kernels: Kernels<S>
  ) {
    (cell, columns) = (layer.cell, layer.columns)
    peepholes = layer.peepholes.map { [columns] in
      parameters.matrix(at: $0, rows: columns.gateKinds, columns: columns.cells)
    }
    gateActivation = BoundedActivation(cell.gateActivation, clip: cell.preActivationClip, kernels)
    inputActivation = BoundedActivation(cell.inputActivation, clip: cell.preActivationClip, kernels)
    outputActivation = BoundedActivation(cell.outputActivation, clip: cell.preActivationClip, kernels)
    cellClip = cell.cellClip.map { S($0) }
    self.normalization = normalization
    self.kernels = kernels
  }

  /// One step of some sequences, from the pre-activations on.
  ///
  /// - Parameters:
  ///   - firstRow: the first packed row.
  ///   - gates: `[rows, C]`: pre-activations in, activations out.
  ///   - cPrevious: `[rows, H]`.
  ///   - c: `[rows, H]`, out; may be `cPrevious`.
  ///   - h: `[rows, H]`, out.
  ///   - fedBack: `[rows, G]`, out: activations of the gates alone; nil where they are not needed.
  func forward(
    firstRow: Int, gates: MatrixView<S>, cPrevious: MatrixView<S>, c: MatrixView<S>, h: MatrixView<S>,
    fedBack: MatrixView<S>?
  ) {
    let (C, B) = (columns.count, columns.blocks)
    for row in 0..<gates.rows {
      let (a, h, cPrevious, c) = (gates[row], h[row], cPrevious[row], c[row])
      // All gates in front of the candidate see the old state.
      for gate in stride(from: 0, to: columns.candidate, by: B) { addPeepholes(of: cPrevious, to: gate, a) }
      normalization?.normalizeNets(a, row: firstRow + row, in: 0..<columns.output)
      let (before, g, o) = (a[0..<columns.candidate], a[columns.candidate..<columns.output], a[columns.output..<C])
      gateActivation.apply(before, into: before, kernels)
      inputActivation.apply(g, into: g, kernels)
      for b in 0..<B {
        let (admits, keeps) = inputAndForget(a, b)
        for k in cells(of: b) { c[k] = keeps * cPrevious[k] + admits * g[k] }
      }
      if let cellClip { clip(c, to: -cellClip...cellClip) }
      addPeepholes(of: c, to: columns.output, a)
      normalization?.normalizeNets(a, row: firstRow + row, in: columns.output..<C)
      gateActivation.apply(o, into: o, kernels)
      activateCell(c, row: firstRow + row, into: h)
      for b in 0..<B { for k in cells(of: b) { h[k] *= o[b] } }
      if let fedBack { copyGates(a, to: fedBack[row]) }
    }
  }

  /// Where y·R of some packed rows is computed by itself; nil if it is added to x·W.
  func recurrentProduct(row: Int, count: Int) -> MatrixView<S>? {
    guard let normalization, normalization.split != nil else { return nil }
    return normalization.recurrent.rows(from: row, count: count)
  }

  /// Adds y·R of some packed rows, which was computed by itself, to the pre-activations.
  func addRecurrentProduct(to a: MatrixView<S>, row: Int) {
    guard let normalization, let split = normalization.split else { return }
    for n in 0..<a.rows { normalization.addRecurrent(to: a[n], row: row + n, gain: split.recurrentGain) }
  }

  /// h(c), of c as it is on its way out; kept norms are made anew.
  func activateCell(_ c: VectorView<S>, row: Int, into h: VectorView<S>) {
    guard let normalization else { return outputActivation.apply(c, into: h, kernels) }
    normalization.normalizeCell(c, row: row, into: h)
    outputActivation.apply(h, into: h, kernels)
  }

  /// The cells of a block.
  @inline(__always)
  func cells(of block: Int) -> Range<Int> { block * columns.cellsPerBlock..<(block + 1) * columns.cellsPerBlock }

  /// What lets the candidate into a block, and what keeps its old state: i and f, as far as they are gates of their
  /// own.
  @inline(__always)
  func inputAndForget(_ a: VectorView<S>, _ b: Int) -> (admits: S, keeps: S) {
    switch cell.gating {
    case .inputAndForget: (a[b], a[columns.blocks + b])
    case .inputOnly: (a[b], 1)
    case .keepInput: (a[b], 1 - a[b])
    case .keepForget: (1 - a[b], a[b])
    }
  }

  /// The peepholes of the gate whose columns begin at `gate`, `[H]`; nil where there are none.
  func peephole(_ gate: Int) -> VectorView<S>? {
    // Gates in front of the candidate have a row a block of columns; the output gate's is the last.
    peepholes?[gate == columns.output ? columns.gateKinds - 1 : gate / columns.blocks]
  }

  /// A gate's nets take in what they see of their own block's cells.
  @inline(__always)
  private func addPeepholes(of c: VectorView<S>, to gate: Int, _ a: VectorView<S>) {
    guard let p = peephole(gate) else { return }
    for b in 0..<columns.blocks { for k in cells(of: b) { a[gate + b] += p[k] * c[k] } }
  }

  /// Copies the activations of the gates of a row `[C]` to a row `[G]`.
  func copyGates(_ a: VectorView<S>, to target: VectorView<S>) {
    let before = columns.candidate
    target[0..<before].copy(from: a[0..<before])
    target.from(before).copy(from: a.from(columns.output))
  }
}
