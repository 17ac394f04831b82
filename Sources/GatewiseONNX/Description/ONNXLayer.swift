import Gatewise

/// One LSTM node, its weights in the orientation and gate order of Gatewise.
public struct ONNXLayer<S: Scalar>: Sendable {
  /// Which way a layer runs.
  public enum Direction: String, Sendable, CaseIterable {
    /// From the first step to the last.
    case forward
    /// From the last step to the first.
    case reverse
    /// Both ways, with parameters of their own.
    case bidirectional
  }

  /// What a layer's input is.
  public enum Input: Sendable, Equatable {
    /// An input of the graph, by its name.
    case graph(String)
    /// Rows of the embedding.
    case embedding
    /// The output of the layer with this index, all its directions.
    case layer(Int)
  }

  /// h or c before the first step.
  public enum InitialState: Sendable, Equatable {
    /// Zeros.
    case zero
    /// The same numbers for every sequence, `[H]`.
    case constant([S])
    /// An input of the graph, whose rows along the first axis begin with `row` for this direction.
    case input(String, row: Int)
  }

  /// The node, for messages.
  public var name: String
  /// What it reads.
  public var input: Input
  /// Which way it runs.
  public var direction: Direction
  /// I
  public var inputSize: Int
  /// H
  public var hiddenSize: Int
  /// One for every direction, forward first.
  public var cells: [Cell]
  /// The bound of every activation's input; nil where there is none.
  public var clip: Double?
  /// Whether f = 1 - i, and the forget gate has no weights that count.
  public var couplesInputAndForget: Bool
  /// Whether the node's own arrays have the batch first (ONNX's layout 1).
  public var isBatchFirst: Bool
  /// The graph's input with the number of steps of every sequence; nil where all have the same.
  public var sequenceLengthsName: String?

  /// The parameters and functions of one direction.
  public struct Cell: Sendable {
    /// W `[I, 4H]`, gates in the order i, f, g, o.
    public var inputWeights: [S]
    /// R `[H, 4H]`
    public var recurrentWeights: [S]
    /// `[4H]`; nil where the node has no biases.
    public var inputBias: [S]?
    /// `[4H]`, added to the other.
    public var recurrentBias: [S]?
    /// `[3, H]` in the order i, f, o.
    public var peepholes: [S]?
    /// Of the three gates.
    public var gateActivation: ONNXActivation
    /// g: of the candidate.
    public var inputActivation: ONNXActivation
    /// h: of the cell state on its way out.
    public var outputActivation: ONNXActivation
    /// h before the first step.
    public var initialHidden: InitialState
    /// c before the first step.
    public var initialCell: InitialState
  }
}
