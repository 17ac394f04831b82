/// One of the four gates of an LSTM layer, the candidate included, in the order of the gate blocks: i, f, g, o.
public enum Gate: String, CaseIterable, Sendable, Hashable {
  /// i: the fraction of the candidate that is added to the cell state.
  case input
  /// f: the fraction of the cell state that is kept.
  case forget
  /// g: the cell input; tanh, and not a gate in the strict sense.
  case candidate
  /// o: the fraction of the cell state in the output.
  case output

  /// The letter of the equations.
  public var letter: String {
    switch self {
    case .input: "i"
    case .forget: "f"
    case .candidate: "g"
    case .output: "o"
    }
  }

  /// The name in sentences.
  public var words: String {
    switch self {
    case .input, .forget, .output: "\(rawValue) gate"
    case .candidate: "candidate"
    }
  }

  /// The index of its block among the columns of a layer.
  var block: Int { Self.allCases.firstIndex(of: self)! }

  /// The row of its peephole weights; nil for the candidate, which has none.
  var peepholeRow: Int? {
    switch self {
    case .input: 0
    case .forget: 1
    case .candidate: nil
    case .output: 2
    }
  }

  /// The three gates that act before the cell state is updated.
  static let beforeCell: [Gate] = [.input, .forget, .candidate]
}
