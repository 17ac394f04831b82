/// The gate arithmetic of a layer of memory blocks, for every member of the family (Equations, The family): row after
/// row, in plain loops around the activations.
///
/// The default cell has fused kernels for this; all others run here. Letters: C columns, H cells, B blocks, G gate
/// activations, as in `GateColumns`.
struct BlockCell<S: Scalar> {
  let cell: MemoryCell
  let columns: GateColumns
  /// p `[gates, H]`, rows in the order of `GateColumns.gates`; nil where there are none.
  let peepholes: UnsafePointer<S>?
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
    peepholes = layer.peepholes.map { parameters + $0 }
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
  ///   - fedBack: `[rows, G]`, out: activations of the gates alone; nil where nobody wants them.
  func forward(
    rows: Int, firstRow: Int, gates: UnsafeMutablePointer<S>, cPrevious: UnsafePointer<S>, c: UnsafeMutablePointer<S>,
    h: UnsafeMutablePointer<S>, fedBack: UnsafeMutablePointer<S>?
  ) {
    let (C, H, B) = (columns.count, columns.cells, columns.blocks)
    for row in 0..<rows {
      let (a, h) = (gates + row * C, h + row * H)
      let (cPrevious, c) = (cPrevious + row * H, c + row * H)
      // All gates in front of the candidate see the old state.
      for gate in stride(from: 0, to: columns.candidate, by: B) { addPeepholes(of: cPrevious, to: gate, a) }
      normalization?.normalizeNets(a, row: firstRow + row, in: 0..<columns.output)
      gateActivation.apply(columns.candidate, a, into: a, kernels)
      let g = a + columns.candidate
      inputActivation.apply(H, g, into: g, kernels)
      for b in 0..<B {
        let (admits, keeps) = inputAndForget(a, b)
        for k in cells(of: b) { c[k] = keeps * cPrevious[k] + admits * g[k] }
      }
      if let cellClip { clip(c, H, to: -cellClip...cellClip) }
      addPeepholes(of: c, to: columns.output, a)
      normalization?.normalizeNets(a, row: firstRow + row, in: columns.output..<C)
      gateActivation.apply(B, a + columns.output, into: a + columns.output, kernels)
      activateCell(c, row: firstRow + row, into: h)
      for b in 0..<B { for k in cells(of: b) { h[k] *= a[columns.output + b] } }
      if let fedBack { copyGates(a, to: fedBack + row * columns.gateCount) }
    }
  }

  /// Where y·R of some packed rows is computed by itself; nil if it is added to x·W.
  func recurrentProduct(row: Int, count: Int) -> MatrixView<S>? {
    guard let normalization, normalization.split != nil else { return nil }
    return MatrixView(normalization.recurrent(row), rows: count, columns: columns.count)
  }

  /// Adds y·R of some packed rows, which was computed by itself, to the pre-activations.
  func addRecurrentProduct(to a: MatrixView<S>, row: Int) {
    guard let normalization, let split = normalization.split else { return }
    for n in 0..<a.rows {
      normalization.addRecurrent(to: a.base + n * columns.count, row: row + n, gain: split.recurrentGain)
    }
  }

  /// h(c), of c as it is on its way out; kept norms are made anew.
  func activateCell(_ c: UnsafePointer<S>, row: Int, into h: UnsafeMutablePointer<S>) {
    guard let normalization else { return outputActivation.apply(columns.cells, c, into: h, kernels) }
    normalization.normalizeCell(c, row: row, into: h)
    outputActivation.apply(columns.cells, h, into: h, kernels)
  }

  /// The cells of a block.
  @inline(__always)
  func cells(of block: Int) -> Range<Int> { block * columns.cellsPerBlock..<(block + 1) * columns.cellsPerBlock }

  /// What lets the candidate into a block, and what keeps its old state: i and f, as far as they are gates of their
  /// own.
  @inline(__always)
  func inputAndForget(_ a: UnsafePointer<S>, _ b: Int) -> (admits: S, keeps: S) {
    switch cell.gating {
    case .inputAndForget: (a[b], a[columns.blocks + b])
    case .inputOnly: (a[b], 1)
    case .keepInput: (a[b], 1 - a[b])
    case .keepForget: (1 - a[b], a[b])
    }
  }

  /// The peepholes of the gate whose columns begin at `gate`, `[H]`; nil where there are none.
  func peephole(_ gate: Int) -> UnsafePointer<S>? {
    guard let peepholes else { return nil }
    // Gates in front of the candidate have a row a block of columns; the output gate's is the last.
    let row = gate == columns.output ? columns.gateKinds - 1 : gate / columns.blocks
    return peepholes + row * columns.cells
  }

  /// A gate's nets take in what they see of their own block's cells.
  @inline(__always)
  private func addPeepholes(of c: UnsafePointer<S>, to gate: Int, _ a: UnsafeMutablePointer<S>) {
    guard let p = peephole(gate) else { return }
    for b in 0..<columns.blocks { for k in cells(of: b) { a[gate + b] += p[k] * c[k] } }
  }

  func copyGates(_ a: UnsafePointer<S>, to target: UnsafeMutablePointer<S>) {
    let (B, before) = (columns.blocks, columns.candidate)
    target.update(from: a, count: before)
    (target + before).update(from: a + columns.output, count: B)
  }
}
