import Gatewise

/// What a graph of ONNX computes, as far as it is LSTMs: layers, a readout, and what stands around them.
///
/// The description says more than a model of Gatewise can be; ``model()`` makes one of it or says what is in the way.
///
///     let graph = try ONNXFile(contentsOf: "model.onnx").graph(as: Float.self)
///     for layer in graph.layers { print(layer.name, layer.direction, layer.hiddenSize) }
public struct ONNXGraph<S: Scalar>: Sendable {
  /// The LSTM nodes, in the order of the file.
  public var layers: [ONNXLayer<S>] = []
  /// The affine map behind the layers; nil where the graph's output is a layer's own.
  public var readout: ONNXReadout<S>?
  /// What the graph applies to its output: no part of a model, whose losses have it in them.
  public var outputFunction: ONNXOutputFunction?
  /// The table in front of the layers, where the graph has one.
  public var embedding: ONNXEmbedding<S>?
  /// What the writer noted beside the graph.
  public var metadata: [String: String] = [:]
  /// The layers whose outputs or states are outputs of the graph.
  var outputLayers: Set<Int> = []
  /// The file, for messages.
  let path: String
}

/// A function that a graph applies to its output.
public enum ONNXOutputFunction: String, Sendable, CaseIterable {
  /// Over the outputs of a step.
  case softmax = "Softmax"
  /// Its logarithm.
  case logSoftmax = "LogSoftmax"
  /// Of every output.
  case sigmoid = "Sigmoid"
}

/// A linear map in front of the lowest layer: a table of vectors, looked up by indices or weighted by the input.
public struct ONNXEmbedding<S: Scalar>: Sendable {
  /// The graph's input that is mapped.
  public var inputName: String
  /// Whether the input is indices `[T, N]`; otherwise it is `[T, N, V]`, one-hot or not.
  public var takesIndices: Bool
  /// `[V, M]`
  public var table: Tensor<S>
}

/// An affine map of a layer's output, y = h·W + x·V + b.
public struct ONNXReadout<S: Scalar>: Sendable {
  /// What of the layer the map sees.
  public enum Position: Sendable {
    /// Its output at every step.
    case everyStep
    /// Its state after each sequence's own last step; of a bidirectional layer both directions' ends.
    case finalState
    /// The last row of its output: for a bidirectional layer, whose second direction has seen one step there, not the
    /// same as its final state.
    case lastRow
  }

  /// The node, for messages.
  public var name: String
  /// The index of the layer that is read.
  public var layer: Int
  /// What of the layer is read.
  public var position: Position
  /// W `[D·H, K]`
  public var weights: Tensor<S>
  /// V `[I, K]`, where the map sees the graph's input, too.
  public var inputWeights: Tensor<S>?
  /// b `[K]`
  public var bias: [S]?
}
