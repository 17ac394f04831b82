extension Normalization {
  /// Nets of a row, which are normalized each by itself: a = norm(a) ∘ gain + b, for those whose columns lie in `range`.
  func normalizeNets(_ a: UnsafeMutablePointer<S>, row: Int, in range: Range<Int>) {
    guard split == nil else { return }
    var number = 0
    forEachNet { net in
      defer { number += 1 }
      guard range.contains(net.lowerBound) else { return }
      let (a, norms) = (a + net.lowerBound, nets(row) + net.lowerBound)
      scales(row)[number] = normalize(a, net.count)
      norms.update(from: a, count: net.count)
      amplify(a, by: gain + net.lowerBound, adding: bias + net.lowerBound, net.count)
    }
  }

  /// The columns of each net, in their order.
  func forEachNet(_ body: (Range<Int>) -> Void) {
    let B = columns.blocks
    for gate in stride(from: 0, to: columns.candidate, by: B) { body(gate..<gate + B) }
    body(columns.candidate..<columns.output)
    body(columns.output..<columns.count)
  }

  /// a = norm(x·W) ∘ gain + b of a row.
  func normalizeInput(_ a: UnsafeMutablePointer<S>, row: Int) {
    scales(row)[Self.inputScale] = normalize(a, columns.count)
    nets(row).update(from: a, count: columns.count)
    amplify(a, by: gain, adding: bias, columns.count)
  }

  /// a += norm(y·R) ∘ gain of a row; the product stands where its norm is kept.
  func addRecurrent(to a: UnsafeMutablePointer<S>, row: Int, gain: UnsafePointer<S>) {
    let norms = recurrent(row)
    scales(row)[Self.recurrentScale] = normalize(norms, columns.count)
    for j in 0..<columns.count { a[j] += norms[j] * gain[j] }
  }

  /// What of c goes into h(·): c itself, or norm(c) ∘ gain + bias.
  func cellOnItsWayOut(_ c: UnsafePointer<S>, row: Int, into target: UnsafeMutablePointer<S>) {
    let H = columns.cells
    target.update(from: c, count: H)
    guard let split else { return }
    scales(row)[Self.cellScale] = normalize(target, H)
    cells(row).update(from: target, count: H)
    amplify(target, by: split.cellGain, adding: split.cellBias, H)
  }
}

/// The norms of x·W of all rows, amplified, and b. One task is a block of rows.
struct NormalizedInput<S: Scalar>: TeamJob, @unchecked Sendable {
  let rows: Int
  let normalization: Normalization<S>
  /// `[rows, C]`: x·W in.
  let gates: UnsafeMutablePointer<S>

  var tasks: Int { (rows + AffineProduct<S>.rowsPerTask - 1) / AffineProduct<S>.rowsPerTask }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func callAsFunction(_ task: Int) {
    let first = task * AffineProduct<S>.rowsPerTask
    for row in first..<min(rows, first + AffineProduct<S>.rowsPerTask) {
      normalization.normalizeInput(gates + row * normalization.columns.count, row: row)
    }
  }
}

extension Workspace {
  /// nil where a direction normalizes nothing.
  func normalization(of k: Int, parameters: UnsafePointer<S>) -> Normalization<S>? {
    let (layer, memory) = (layout.layers[k], layers[k])
    guard layer.normalization != nil else { return nil }
    let bias = layer.bias.expanded(parameters, in: memory.wholeBias.reserve(memory.columns))
    return Normalization(layer, parameters, memory: memory.normalization, bias: bias)
  }
}
