import Gatewise

/// One LSTM node, with its weights in Gatewise's orientation and gate order.
public struct ONNXLayer<S: Scalar>: Sendable {
  /// The direction in which a layer runs.
  public enum Direction: String, Sendable, CaseIterable {
    /// From the first step to the last.
    case forward
    /// From the last step to the first.
    case reverse
    /// Both, with separate parameters.
    case bidirectional
  }

  /// The source of a layer's input.
  public enum Input: Sendable, Equatable {
    /// An input of the graph, by name.
    case graph(String)
    /// Rows of the embedding.
    case embedding
    /// The output of the layer with this index, in all its directions.
    case layer(Int)
  }

  /// The initial h or c.
  public enum InitialState: Sendable, Equatable {
    /// Zeros.
    case zero
    /// The same numbers for every sequence, `[H]`.
    case constant([S])
    /// An input of the graph; along the first axis, `row` is the first row of this direction.
    case input(String, row: Int)
  }

  /// The node, for messages.
  public var name: String
  /// The source of its input.
  public var input: Input
  /// Its direction.
  public var direction: Direction
  /// I
  public var inputSize: Int
  /// H
  public var hiddenSize: Int
  /// One cell per direction, forward first.
  public var cells: [Cell]
  /// The bound ± of the input of every activation; nil if there is none.
  public var clip: Double?
  /// Whether f = 1 - i, so that the weights of the forget gate are unused.
  public var couplesInputAndForget: Bool
  /// Whether the node's own arrays have the batch as the first axis (ONNX's layout 1).
  public var isBatchFirst: Bool
  /// The graph's input with the length of every sequence; nil if all have the same length.
  public var sequenceLengthsName: String?

  /// The parameters and activation functions of one direction.
  public struct Cell: Sendable {
    /// W `[I, 4H]`, gates in the order i, f, g, o.
    public var inputWeights: [S]
    /// R `[H, 4H]`
    public var recurrentWeights: [S]
    /// `[4H]`; nil where the node has no biases.
    public var inputBias: [S]?
    /// `[4H]`, added to the other bias.
    public var recurrentBias: [S]?
    /// `[3, H]` in the order i, f, o.
    public var peepholes: [S]?
    /// The activation function of the three gates.
    public var gateActivation: ONNXActivation
    /// The activation function of the cell input, g.
    public var inputActivation: ONNXActivation
    /// The activation function of the cell state, h.
    public var outputActivation: ONNXActivation
    /// The initial h.
    public var initialHidden: InitialState
    /// The initial c.
    public var initialCell: InitialState
  }
}
