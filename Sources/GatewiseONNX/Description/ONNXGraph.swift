import Gatewise

/// The content of an ONNX graph as LSTM layers, a readout, and the operators around them.
///
/// The description covers more than a Gatewise model can express; ``model()`` converts it or throws an error that names
/// the obstacle.
///
///     let graph = try ONNXFile(contentsOf: "model.onnx").graph(as: Float.self)
///     for layer in graph.layers { print(layer.name, layer.direction, layer.hiddenSize) }
public struct ONNXGraph<S: Scalar>: Sendable {
  /// The LSTM nodes, in file order.
  public var layers: [ONNXLayer<S>] = []
  /// The affine map after the layers; nil if the graph's output is a layer's own.
  public var readout: ONNXReadout<S>?
  /// The function that the graph applies to its output. It is not part of a model, whose losses include it.
  public var outputFunction: ONNXOutputFunction?
  /// The embedding table before the layers, if the graph has one.
  public var embedding: ONNXEmbedding<S>?
  /// The metadata that the writer stored with the graph.
  public var metadata: [String: String] = [:]
  /// The layers whose outputs or states are outputs of the graph.
  var outputLayers: Set<Int> = []
  /// The file, for messages.
  let path: String
}

/// A function that a graph applies to its output.
public enum ONNXOutputFunction: String, Sendable, CaseIterable {
  /// Softmax over the outputs of a step.
  case softmax = "Softmax"
  /// Its logarithm.
  case logSoftmax = "LogSoftmax"
  /// The sigmoid of every output.
  case sigmoid = "Sigmoid"
}

/// A linear map before the lowest layer: a table of vectors, looked up by indices or weighted by the input.
public struct ONNXEmbedding<S: Scalar>: Sendable {
  /// The name of the graph's input.
  public var inputName: String
  /// Whether the input is indices `[T, N]`; otherwise it is `[T, N, V]`, one-hot or not.
  public var takesIndices: Bool
  /// `[V, M]`
  public var table: Tensor<S>
}

/// An affine map of a layer's output, y = h·W + x·V + b.
public struct ONNXReadout<S: Scalar>: Sendable {
  /// The part of the layer's output that the map reads.
  public enum Position: Sendable {
    /// The output at every step.
    case everyStep
    /// The state after each sequence's own last step; for a bidirectional layer, the final states of both directions.
    case finalState
    /// The last row of the output. For a bidirectional layer this is not the final state, because the second direction
    /// has run only one step there.
    case lastRow
  }

  /// The node, for messages.
  public var name: String
  /// The index of the layer that the map reads.
  public var layer: Int
  /// The part of that layer's output.
  public var position: Position
  /// W `[D·H, K]`
  public var weights: Tensor<S>
  /// V `[I, K]`, if the map also reads the graph's input.
  public var inputWeights: Tensor<S>?
  /// b `[K]`
  public var bias: [S]?
}
