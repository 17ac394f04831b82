/// What one direction of a layer keeps of a window: its gates and states, packed as `SequencePacking` says.
final class LayerMemory<S: Scalar> {
  /// H
  let hiddenSize: Int
  /// P where h is projected, else H.
  let outputSize: Int
  /// C
  let columns: Int
  /// G where the gates' activations are inputs of the next step; else 0.
  let gateCount: Int
  /// Whether gates and cells of every step are kept, for a backward pass or for who wants to see them.
  let keepsSteps: Bool
  /// `[rows, C]`: pre-activations, then activations i f g o, then, in a backward, the deltas δ. Empty where steps are
  /// not kept.
  let gates: AlignedBuffer<S>
  /// `[N + rows, H]`: c, the state before the first step in front; `[N, H]`, the running state alone, where steps are
  /// not kept.
  let cells: AlignedBuffer<S>
  /// `[N + rows, H]`: h, the state before the first step in front; `[N + rows, P]` of its projection where there is one.
  let hidden: AlignedBuffer<S>
  /// `[rows, H]`: h before its projection.
  let unprojected: AlignedBuffer<S>
  /// `[rows, H]`: c before zoneout holds some of it back; and `[rows, P]` of the outputs. Empty without it.
  let unzonedCells: AlignedBuffer<S>
  let unzonedOutputs: AlignedBuffer<S>
  /// `[N + rows, G]`: the gates' activations i, f, o, those before the first step in front.
  let fedBack: AlignedBuffer<S>
  /// `[N, H]`, or `[N, P]`, in the caller's order: h that goes into a window, and after it h of each sequence's last
  /// step.
  let hiddenState: AlignedBuffer<S>
  /// `[N, H]` in the caller's order: the same for c.
  let cellState: AlignedBuffer<S>
  /// `[N, G]` in the caller's order: the same for the gates' activations.
  let gateState: AlignedBuffer<S>
  /// `[N, H]`, or `[N, P]`, in the caller's order: ∂E/∂h of the last step goes in, ∂E/∂h of the initial state comes out.
  let hiddenStateError: AlignedBuffer<S>
  /// `[N, H]` in the caller's order: the same for c.
  let cellStateError: AlignedBuffer<S>
  /// `[N, G]` in the caller's order: the same for the gates' activations.
  let gateStateError: AlignedBuffer<S>
  /// `[C]`: b with zeros where a column has none, and db of all columns; only where some have none.
  let wholeBias = ReservedBuffer<S>()
  /// Rows as codes where weights are stored as int8: some memory for every task.
  let codes = ReservedBuffer<S>()
  /// What norms leave.
  let normalization: NormalizationMemory<S>
  /// The packed weights; nil on the plain path.
  let packed: PackedLayer<S>?

  /// - Parameter packed: nil on the plain path, which needs every step's gates.
  init(
    _ layer: LayerParameters, zonesOut: Bool, rows: Int, batchSize: Int, purpose: Workspace<S>.Purpose,
    packed: PackedLayer<S>?
  ) {
    (hiddenSize, outputSize) = (layer.hiddenSize, layer.outputSize)
    columns = layer.columns.count
    gateCount = layer.gateWeights == nil ? 0 : layer.columns.gateCount
    self.packed = packed
    keepsSteps = packed == nil || purpose.keepsSteps
    let kept = keepsSteps ? rows : 0
    gates = AlignedBuffer(count: kept * columns)
    cells = AlignedBuffer(count: (batchSize + kept) * hiddenSize)
    hidden = AlignedBuffer(count: (batchSize + rows) * outputSize)
    unprojected = AlignedBuffer(count: layer.projection == nil ? 0 : rows * hiddenSize)
    normalization = NormalizationMemory(layer, rows: rows, purpose: purpose)
    unzonedCells = AlignedBuffer(count: zonesOut ? rows * hiddenSize : 0)
    unzonedOutputs = AlignedBuffer(count: zonesOut ? rows * outputSize : 0)
    fedBack = AlignedBuffer(count: gateCount == 0 ? 0 : (batchSize + rows) * gateCount)
    hiddenState = AlignedBuffer(count: batchSize * outputSize)
    cellState = AlignedBuffer(count: batchSize * hiddenSize)
    gateState = AlignedBuffer(count: batchSize * gateCount)
    let errorRows = purpose == .training ? batchSize : 0
    hiddenStateError = AlignedBuffer(count: errorRows * outputSize)
    cellStateError = AlignedBuffer(count: errorRows * hiddenSize)
    gateStateError = AlignedBuffer(count: errorRows * gateCount)
  }

  /// One part of a layer's state, in the caller's order, with its error.
  struct StatePart {
    /// `[N, width]`
    let state: UnsafeMutablePointer<S>
    /// `[N, width]`; only for training.
    let error: UnsafeMutablePointer<S>
    let width: Int
  }

  /// Calls `body` with h, with c and, where gates feed back, with their activations.
  func forEachStatePart(_ body: (StatePart) -> Void) {
    body(StatePart(state: hiddenState.base, error: hiddenStateError.base, width: outputSize))
    body(StatePart(state: cellState.base, error: cellStateError.base, width: hiddenSize))
    if gateCount > 0 { body(StatePart(state: gateState.base, error: gateStateError.base, width: gateCount)) }
  }

  /// Numbers of a sequence's state.
  var stateSize: Int { outputSize + hiddenSize + gateCount }

  /// Numbers that a direction of a layer holds.
  static func count(
    _ layer: LayerParameters, zonesOut: Bool, rows: Double, batchSize: Double, purpose: Workspace<S>.Purpose,
    keepsSteps: Bool
  ) -> Double {
    let (H, P, C) = (Double(layer.hiddenSize), Double(layer.outputSize), Double(layer.columns.count))
    let G = Double(layer.gateWeights == nil ? 0 : layer.columns.gateCount)
    let kept = keepsSteps ? rows : 0
    // Gates, c and h of every step.
    var sum = kept * (C + H) + rows * P + batchSize * (H + P)
    if layer.projection != nil { sum += rows * H }
    if zonesOut { sum += rows * (H + P) }
    if G > 0 { sum += (batchSize + rows) * G }
    // States of every sequence, and their errors.
    sum += (purpose == .training ? 2 : 1) * batchSize * (P + H + G)
    return sum + 2 * C + rows * NormalizationMemory<S>.countOfRow(layer, purpose: purpose)
  }
}
