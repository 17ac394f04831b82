/// The error of a direction's states on its way back in time: that of the last states goes in, that of the initial states
/// comes out. Rows are packed.
final class StateCarry<S: Scalar> {
  /// `[N, widest H]`: dc.
  let cell: AlignedBuffer<S>
  /// `[N, widest H]`: dh.
  let hidden: AlignedBuffer<S>
  /// `[N, widest G]`: that of gate activations.
  let gates: AlignedBuffer<S>

  init(_ configuration: LSTMConfiguration, batchSize: Int) {
    cell = AlignedBuffer(count: batchSize * (configuration.cellStateSizes.max() ?? 0))
    hidden = AlignedBuffer(count: batchSize * (configuration.hiddenStateSizes.max() ?? 0))
    gates = AlignedBuffer(count: batchSize * (configuration.gateStateSizes.max() ?? 0))
  }
}
