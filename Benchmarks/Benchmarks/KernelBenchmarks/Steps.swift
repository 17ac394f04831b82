// One step: the recurrent work, which can never be one large product.

func stepForwardTile<S: KernelScalar>(_ shape: Shape, _: S.Type, halved: Bool = false) {
  measure(
    "step forward", shape, S.self, path: halved ? "tile, bfloat16" : "tile", operations: forwardOperations(shape)
  ) {
    let layer = Layer<S>(rows: shape.sequences, hidden: shape.hidden)
    let packed = S.packGates(layer, halved: halved)
    var reverses = false
    return {
      // Alternates the direction, as in a sequence: the last panels are still in the cache.
      reverses.toggle()
      S.recurrentStep(layer, packed: packed, halved: halved, reverses: reverses)
    }
  }
}

func stepForwardPlain<S: KernelScalar>(_ shape: Shape, _: S.Type) {
  measure("step forward", shape, S.self, path: "plain", operations: forwardOperations(shape)) {
    let layer = Layer<S>(rows: shape.sequences, hidden: shape.hidden)
    return {
      for row in 0..<layer.rows {
        (layer.gates.base + row * layer.columns).update(from: layer.b.base, count: layer.columns)
      }
      multiply(layer.x, layer.w, into: layer.gates, adds: true)
      multiply(layer.y, layer.r, into: layer.gates, adds: true)
      S.forwardStep(layer)
    }
  }
}

// Every call adds to dh. It grows linearly, and far too slowly to overflow.

func stepBackTile<S: KernelScalar>(_ shape: Shape, _: S.Type) {
  measure("step back", shape, S.self, path: "tile", operations: backOperations(shape)) {
    let layer = Layer<S>(rows: shape.sequences, hidden: shape.hidden)
    let packed = S.packTransposed(layer.r)
    return {
      S.propagate(layer.delta, packed: packed, into: layer.dh, rows: 0..<layer.rows, adds: true)
      S.backwardStep(layer)
    }
  }
}

func stepBackPlain<S: KernelScalar>(_ shape: Shape, _: S.Type) {
  measure("step back", shape, S.self, path: "plain", operations: backOperations(shape)) {
    let layer = Layer<S>(rows: shape.sequences, hidden: shape.hidden)
    return {
      multiply(layer.delta, layer.r, transposing: .right, into: layer.dh, adds: true)
      S.backwardStep(layer)
    }
  }
}

/// [x, y]·[W; R]
private func forwardOperations(_ shape: Shape) -> Int { 2 * shape.sequences * 2 * shape.hidden * 4 * shape.hidden }

/// δ·Rᵀ
private func backOperations(_ shape: Shape) -> Int { 2 * shape.sequences * shape.hidden * 4 * shape.hidden }
