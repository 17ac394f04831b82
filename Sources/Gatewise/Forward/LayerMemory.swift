/// What one layer keeps of a window: its gates and states, packed as `SequencePacking` says.
final class LayerMemory<S: Scalar> {
  /// H
  let hiddenSize: Int
  /// `[rows, 4H]`: pre-activations, then activations i f g o, then, in a backward, the deltas δ.
  let gates: AlignedBuffer<S>
  /// `[N + rows, H]`: c, the state before the first step in front.
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
  /// The packed recurrent weights; nil on the plain path.
  let packed: PackedRecurrence<S>?

  /// - Parameter kernels: those that pack for the tile; nil on the plain path.
  init(hiddenSize: Int, rows: Int, batchSize: Int, forTraining: Bool, packingFor kernels: PackedKernels<S>?) {
    self.hiddenSize = hiddenSize
    packed = kernels.map { PackedRecurrence(hiddenSize: hiddenSize, kernels: $0, forTraining: forTraining) }
    gates = AlignedBuffer(count: rows * 4 * hiddenSize)
    cells = AlignedBuffer(count: (batchSize + rows) * hiddenSize)
    hidden = AlignedBuffer(count: (batchSize + rows) * hiddenSize)
    hiddenState = AlignedBuffer(count: batchSize * hiddenSize)
    cellState = AlignedBuffer(count: batchSize * hiddenSize)
    hiddenStateError = AlignedBuffer(count: forTraining ? batchSize * hiddenSize : 0)
    cellStateError = AlignedBuffer(count: forTraining ? batchSize * hiddenSize : 0)
  }

  /// Numbers held by a layer of a workspace.
  static func count(hiddenSize: Int, rows: Double, batchSize: Double) -> Double {
    Double(hiddenSize) * (6 * rows + 6 * batchSize + 8 * Double(hiddenSize))
  }
}
