extension ReferenceShape {
  /// The length of the flat parameter vector.
  public var parameterCount: Int { tensors.last?.range.upperBound ?? 0 }

  /// D, the number of directions of every level.
  public var directions: Int { bidirectional ? 2 : 1 }

  /// The number of layers: D per level.
  public var layerCount: Int { hiddenSizes.count * directions }

  /// P of each layer, the size of its y.
  public var stateSizes: [Int] { cellStateSizes.map { projectionSize ?? $0 } }

  /// H of each layer, the size of its c.
  public var cellStateSizes: [Int] { (0..<layerCount).map { hiddenSizes[$0 / directions] } }

  /// G of each layer, the number of gate activations passed to the next step; empty without gate recurrence.
  public var gateSizes: [Int] {
    cell.gateRecurrence ? (0..<layerCount).map { columns(ofLayer: $0).gateCount } : []
  }

  /// The size of a level's output per step: D·P.
  public func outputSize(ofLevel level: Int) -> Int {
    directions * (projectionSize ?? hiddenSizes[level])
  }

  /// The size of a level's input per step: I or M for the lowest, the output size of the level below for the others.
  public func inputSize(ofLevel level: Int) -> Int {
    level == 0 ? embeddingSize ?? inputSize : outputSize(ofLevel: level - 1)
  }

  /// Returns the tensor with a name, or nil.
  public func tensor(named name: String) -> ReferenceTensor? {
    tensors.first { $0.name == name }
  }

  /// The columns of layer k.
  func columns(ofLayer k: Int) -> NetColumns {
    NetColumns(cell, hiddenSize: hiddenSizes[k / directions])
  }

  /// The size of one row of y: K with a readout, D·P without.
  var rowSize: Int { outputSize ?? outputSize(ofLevel: hiddenSizes.count - 1) }
}
