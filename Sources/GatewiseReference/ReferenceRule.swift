/// A gradient rule, as the network whose exact gradient it is: some values are taken from a recorded run, and do not
/// change where a variable does (the book's Gradient rules).
public enum ReferenceRule: Sendable, Equatable {
  /// Which gates let an error through to the cell state that their peepholes see.
  public enum PeepholePaths: Sendable, Equatable {
    /// None.
    case detached
    /// The output gate.
    case outputAttached
    /// All three.
    case attached
  }

  /// Nothing is recorded: backpropagation through time.
  case full
  /// y_{t-1} and the gates' activations of t-1 of the same layer are recorded, and what peepholes see (R2).
  case recurrentCut(PeepholePaths)
  /// As the recurrent cut, in two copies of every layer: what is remembered, c_{t-1}, has recorded input; what feeds the
  /// output and the layer above at t has the changed one (R1).
  case currentInputs(PeepholePaths)
  /// As the recurrent cut, with all input recorded: only a layer that feeds the output learns (R0).
  case outputLayerOnly(PeepholePaths)
  /// At every multiple of `every` steps and at a sequence's end, the outputs since the last such point come from a
  /// network whose state `depth` steps back is recorded.
  case truncated(every: Int, depth: Int)

  /// Whether y_{t-1} of the same layer, and what its gates were at t-1, is recorded.
  var cutsRecurrence: Bool { peepholePaths != nil }

  /// Whether the peepholes of i and f see the recorded cell state.
  var cutsInputPeepholes: Bool { peepholePaths.map { $0 != .attached } ?? false }

  /// Whether the peephole of o sees the recorded cell state.
  var cutsOutputPeephole: Bool { peepholePaths == .detached }

  /// Whether there are two copies of a layer, of which the one that is remembered has recorded input.
  var remembersRecordedInput: Bool { if case .currentInputs = self { true } else { false } }

  /// Whether the input of every layer is recorded.
  var cutsInput: Bool { if case .outputLayerOnly = self { true } else { false } }

  private var peepholePaths: PeepholePaths? {
    switch self {
    case .full, .truncated: nil
    case .recurrentCut(let paths), .currentInputs(let paths), .outputLayerOnly(let paths): paths
    }
  }
}
