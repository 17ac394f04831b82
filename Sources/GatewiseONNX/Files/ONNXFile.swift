import Gatewise
import SwiftProtobuf

/// An ONNX file that is open for reading.
///
/// The graph must be LSTM nodes with what exporters write around them: changes of shape, states of zeros or constants that
/// every sequence begins with, a readout, an embedding. What Gatewise cannot say is refused by the name of the node.
///
///     let model = try ONNXFile(contentsOf: "model.onnx").model(as: Float.self)
public struct ONNXFile: Sendable {
  /// The path as given.
  public let path: String
  /// The program that wrote the file, as it calls itself.
  public let producer: String
  /// The type in which nothing of the weights is lost.
  public let dataType: DataType

  private let proto: ONNXModelProto
  private let size: Int

  /// Opens the file at `path`.
  ///
  /// - Throws: `GatewiseError.file` where it cannot be read or is no ONNX file; the sentence has the number of the byte.
  public init(contentsOf path: String) throws(GatewiseError) {
    let file = try InputFile(path: path)
    // Files of this format cannot be longer; larger models have their weights beside them.
    if file.size <= Int(Int32.max) {
      // The bytes, what they say, and the weights that it becomes.
      try MemoryLimit.require(bytes: 3 * Double(file.size), toRead: path)
    }
    let bytes = try file.readAll(limit: Int(Int32.max))
    var failure: GatewiseError?
    bytes.withUnsafeBytes { buffer in
      do throws(GatewiseError) { try WireScan.check(buffer, path: path) } catch { failure = error }
    }
    if let failure { throw failure }
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    options.messageDepthLimit = 16
    do {
      proto = try ONNXModelProto(serializedBytes: bytes, options: options)
    } catch {
      throw .file(path: path, problem: "is not an ONNX file or is damaged: \(error); write the file again.")
    }
    guard proto.hasGraph, !proto.graph.node.isEmpty else {
      throw .file(path: path, problem: "holds no graph: it is no ONNX file or is damaged; write the file again.")
    }
    (self.path, size, producer) = (path, file.size, proto.producerName)
    let constants = proto.graph.node.lazy.flatMap(\.attribute).filter(\.hasT).map(\.t.dataType)
    let types = Set(proto.graph.initializer.map(\.dataType)).union(constants)
    dataType = types.contains(ONNXElementType.float64.rawValue) ? .float64 : .float32
  }

  /// What the graph computes, its numbers converted to `S`.
  ///
  /// - Throws: `GatewiseError.file` naming the node or tensor that is damaged or cannot be read.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func graph<S: Scalar>(as type: S.Type = S.self) throws(GatewiseError) -> ONNXGraph<S> {
    let graph = try GraphReader<S>(proto, path: path, fileSize: size).graph
    guard !graph.layers.isEmpty else {
      throw .file(path: path, problem: "holds no LSTM node; export a model that has one.")
    }
    return graph
  }
}

extension ONNXFile {
  /// The model that the file holds, its weights converted to `S`.
  ///
  /// - Throws: `GatewiseError.file` where the file is damaged, or its graph is no model of Gatewise; the sentence names
  ///   the node or the tensor.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func model<S: Scalar>(as type: S.Type = S.self) throws(GatewiseError) -> LSTM<S> {
    try graph(as: S.self).model()
  }
}
