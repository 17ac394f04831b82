/// One of the four nets of an LSTM layer, in the order of the gate blocks: i, f, g, o.
public enum Gate: String, CaseIterable, Sendable, Hashable {
  /// i: how much of the candidate enters the cell state.
  case input
  /// f: how much of the cell state stays.
  case forget
  /// g: what may enter the cell state; tanh, and no gate in the strict sense.
  case candidate
  /// o: how much of the cell state is put out.
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

  /// The name as a sentence has it.
  public var words: String {
    switch self {
    case .input, .forget, .output: "\(rawValue) gate"
    case .candidate: "candidate"
    }
  }

  /// The position of its block among the columns of a layer.
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

  /// The three that act before the cell state is updated.
  static let beforeCell: [Gate] = [.input, .forget, .candidate]
}
