/// The results of a forward pass.
public struct ReferenceOutputs: Sendable, Equatable {
  /// The readout [T, N, K], or without a readout the highest level's output [T, N, D·P], 0 on padding; [1, N, K] for a
  /// readout on the last step.
  public let y: [Double]
  /// Each layer's y after every sequence's own last step, [N, P]; the initial y for a sequence of length 0. The last
  /// step of a reverse direction is step 0.
  public let hT: [[Double]]
  /// Each layer's c after every sequence's own last step, [N, H]; the initial c for a sequence of length 0.
  public let cT: [[Double]]
  /// The gates' activations of each layer at every sequence's own last step, [N, G]; the initial ones for a sequence of
  /// length 0. Empty without gate recurrence.
  public let gT: [[Double]]
}
