/// What one layer keeps of a window: its gates and states, packed as `SequencePacking` says.
final class LayerMemory<S: Scalar> {
  /// H
  let hiddenSize: Int
  /// Whether gates and cells of every step are kept, for a backward pass or for who wants to see them.
  let keepsSteps: Bool
  /// `[rows, 4H]`: pre-activations, then activations i f g o, then, in a backward, the deltas δ. Empty where steps are
  /// not kept.
  let gates: AlignedBuffer<S>
  /// `[N + rows, H]`: c, the state before the first step in front; `[N, H]`, the running state alone, where steps are
  /// not kept.
  let cells: AlignedBuffer<S>
  /// `[N + rows, H]`: h, the state before the first step in front.
  let hidden: AlignedBuffer<S>
  /// `[N, H]` in the caller's order: h that goes into a window, and after it h of each sequence's last step.
  let hiddenState: AlignedBuffer<S>
  /// `[N, H]` in the caller's order: the same for c.
  let cellState: AlignedBuffer<S>
  /// `[N, H]` in the caller's order: ∂E/∂h of the last step goes in, ∂E/∂h of the initial state comes out.
  let hiddenStateError: AlignedBuffer<S>
  /// `[N, H]` in the caller's order: the same for c.
  let cellStateError: AlignedBuffer<S>
  /// The packed weights; nil on the plain path.
  let packed: PackedLayer<S>?

  /// - Parameter packed: nil on the plain path, which needs every step's gates.
  init(hiddenSize: Int, rows: Int, batchSize: Int, purpose: Workspace<S>.Purpose, packed: PackedLayer<S>?) {
    self.hiddenSize = hiddenSize
    self.packed = packed
    keepsSteps = packed == nil || purpose.keepsSteps
    let kept = keepsSteps ? rows : 0
    gates = AlignedBuffer(count: kept * 4 * hiddenSize)
    cells = AlignedBuffer(count: (batchSize + kept) * hiddenSize)
    hidden = AlignedBuffer(count: (batchSize + rows) * hiddenSize)
    hiddenState = AlignedBuffer(count: batchSize * hiddenSize)
    cellState = AlignedBuffer(count: batchSize * hiddenSize)
    hiddenStateError = AlignedBuffer(count: purpose == .training ? batchSize * hiddenSize : 0)
    cellStateError = AlignedBuffer(count: purpose == .training ? batchSize * hiddenSize : 0)
  }

  /// Numbers held by a layer of a workspace, at most.
  static func count(inputSize: Int, hiddenSize: Int, rows: Double, batchSize: Double) -> Double {
    // Panels of the widest set, with the row of b.
    let units = (Double(hiddenSize) / 16).rounded(.up) * 16
    let weights = 4 * units * (Double(inputSize) + Double(hiddenSize) + 1)
    return Double(hiddenSize) * (6 * rows + 6 * batchSize) + weights
  }
}
