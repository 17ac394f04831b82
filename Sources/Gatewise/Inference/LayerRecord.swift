/// The values of one direction of a layer at every step, in the order of time.
public struct LayerRecord<S: Scalar>: Sendable {
  /// h `[T, N, H]`, or the P outputs of the direction, `[T, N, P]`; zero on padding.
  public var hidden: Tensor<S>
  /// c `[T, N, H]`; zero on padding.
  public var cells: Tensor<S>
  /// Activated gates `[T, N, C]` in the order i, f, g, o, as far as the layer has them; zero on padding.
  public var gates: Tensor<S>

  /// Makes a record from its parts, which are checked against a model when they are used.
  public init(hidden: Tensor<S>, cells: Tensor<S>, gates: Tensor<S>) {
    (self.hidden, self.cells, self.gates) = (hidden, cells, gates)
  }

  /// Makes the record of a direction before its first step.
  init(_ layer: LayerParameters, steps T: Int, batchSize N: Int) {
    self.init(
      hidden: Tensor(repeating: 0, shape: [T, N, layer.outputSize]),
      cells: Tensor(repeating: 0, shape: [T, N, layer.hiddenSize]),
      gates: Tensor(repeating: 0, shape: [T, N, layer.columns.count]))
  }

  /// Copies h, cells and gates of a window to the steps from `start` on.
  mutating func copy(from memory: DirectionMemory<S>, of window: Window<S>, at start: Int) {
    let turns = memory.layer.isReverse
    func copy(_ rows: MatrixView<S>, to tensor: inout Tensor<S>) {
      tensor.elements.withMutableView { window.scatter(rows, into: $0, from: start, turns: turns) }
    }
    copy(memory.hidden.steps, to: &hidden)
    copy(memory.cells.steps, to: &cells)
    copy(memory.gates, to: &gates)
  }

  /// Copies the whole record to a window of as many steps.
  func load(into memory: DirectionMemory<S>, of window: Window<S>) {
    for (steps, rows) in [(hidden, memory.hidden.steps), (cells, memory.cells.steps), (gates, memory.gates)] {
      steps.elements.withView { window.gather($0, into: rows, turns: memory.layer.isReverse) }
    }
  }
}
