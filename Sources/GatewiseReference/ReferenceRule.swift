/// A gradient rule, given by the network whose exact gradient it is: some values come from a recorded run and do not
/// change with the variables (the book's Gradient rules).
public enum ReferenceRule: Sendable, Equatable {
  /// The gates that pass an error through their peepholes to the cell state.
  public enum PeepholePaths: Sendable, Equatable {
    /// None.
    case detached
    /// The output gate.
    case outputAttached
    /// All three.
    case attached
  }

  /// Records nothing: backpropagation through time.
  case full
  /// Records y_{t-1} and the gates' activations of t-1 of the same layer, and the inputs of peepholes (R2).
  case recurrentCut(PeepholePaths)
  /// As the recurrent cut, with two copies of every layer: c_{t-1}, the remembered state, has recorded input; the copy
  /// that feeds the output and the layer above at t has the changed input (R1).
  case currentInputs(PeepholePaths)
  /// As the recurrent cut, with all input recorded: only a layer that feeds the output learns (R0).
  case outputLayerOnly(PeepholePaths)
  /// At every multiple of `every` steps and at a sequence's end, the outputs since the last such point come from a
  /// network whose state `depth` steps back is recorded.
  case truncated(every: Int, depth: Int)

  /// Whether y_{t-1} of the same layer and its gates at t-1 are recorded.
  var cutsRecurrence: Bool { peepholePaths != nil }

  /// Whether the peepholes of i and f read the recorded cell state.
  var cutsInputPeepholes: Bool { peepholePaths.map { $0 != .attached } ?? false }

  /// Whether the peephole of o reads the recorded cell state.
  var cutsOutputPeephole: Bool { peepholePaths == .detached }

  /// Whether a layer has two copies, of which the remembered one has recorded input.
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
