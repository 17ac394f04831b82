// The work done once for all T steps: the sums over them, and the error for the layer below.

/// The columns of δ that the engine passes to the kernel at once, in bytes, so that their copy stays in the second
/// cache.
private let columnBytes = 2048

/// The rows that it passes at once for the error below.
private let rowsAtOnce = 128

func weightSumsTile<S: KernelScalar>(_ shape: Shape, _: S.Type) {
  measure("weight sums", shape, S.self, path: "tile", operations: sumOperations(shape)) {
    let layer = Layer<S>(rows: Shape.steps * shape.sequences, hidden: shape.hidden)
    let sums = WeightSums(layer)
    let columns = columnBytes / MemoryLayout<S>.stride
    return {
      for first in stride(from: 0, to: layer.columns, by: columns) {
        S.weightGradient(layer, columns: first..<min(layer.columns, first + columns), into: sums)
      }
    }
  }
}

func weightSumsPlain<S: KernelScalar>(_ shape: Shape, _: S.Type) {
  measure("weight sums", shape, S.self, path: "plain", operations: sumOperations(shape)) {
    let layer = Layer<S>(rows: Shape.steps * shape.sequences, hidden: shape.hidden)
    let sums = WeightSums(layer)
    return {
      multiply(layer.x, layer.delta, transposing: .left, into: sums.w, adds: false)
      multiply(layer.y, layer.delta, transposing: .left, into: sums.r, adds: false)
      sums.b.base.update(repeating: 0, count: layer.columns)
      for row in 0..<layer.rows { S.add(layer.columns, layer.delta.base + row * layer.columns, sums.b.base) }
    }
  }
}

func errorBelowTile<S: KernelScalar>(_ shape: Shape, _: S.Type) {
  measure("error below", shape, S.self, path: "tile", operations: errorOperations(shape)) {
    let layer = Layer<S>(rows: Shape.steps * shape.sequences, hidden: shape.hidden)
    let packed = S.packTransposed(layer.w)
    return {
      for first in stride(from: 0, to: layer.rows, by: rowsAtOnce) {
        let rows = first..<min(layer.rows, first + rowsAtOnce)
        S.propagate(layer.delta, packed: packed, into: layer.dh, rows: rows, adds: false)
      }
    }
  }
}

func errorBelowPlain<S: KernelScalar>(_ shape: Shape, _: S.Type) {
  measure("error below", shape, S.self, path: "plain", operations: errorOperations(shape)) {
    let layer = Layer<S>(rows: Shape.steps * shape.sequences, hidden: shape.hidden)
    return { multiply(layer.delta, layer.w, transposing: .right, into: layer.dh, adds: false) }
  }
}

/// xᵀ·δ and yᵀ·δ
private func sumOperations(_ shape: Shape) -> Int {
  2 * Shape.steps * shape.sequences * 2 * shape.hidden * 4 * shape.hidden
}

/// δ·Wᵀ
private func errorOperations(_ shape: Shape) -> Int {
  2 * Shape.steps * shape.sequences * shape.hidden * 4 * shape.hidden
}
