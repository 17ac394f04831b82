import Gatewise
import SwiftProtobuf

/// An ONNX file that is open for reading.
///
/// The graph must consist of LSTM nodes and the nodes that exporters write around them: reshapes, constant initial
/// states shared by all sequences, a readout, an embedding. If Gatewise cannot represent it, the error names the node.
///
///     let model = try ONNXFile(contentsOf: "model.onnx").model(as: Float.self)
public struct ONNXFile: Sendable {
  /// The path as given.
  public let path: String
  /// The program that wrote the file, by its own name.
  public let producer: String
  /// The smallest type that holds the weights without loss.
  public let dataType: DataType

  private let proto: ONNXModelProto
  private let size: Int

  /// Opens the file at `path`.
  ///
  /// - Throws: `GatewiseError.file` if the file cannot be read or is not an ONNX file; the error gives the byte offset.
  public init(contentsOf path: String) throws(GatewiseError) {
    let file = try InputFile(path: path)
    // The limit of the format; larger models store their weights in files beside them.
    if file.size <= Int(Int32.max) {
      // The bytes, the decoded messages, and the weights made of them.
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
      throw .file(path: path, problem: "holds no graph: it is not an ONNX file or is damaged; write the file again.")
    }
    (self.path, size, producer) = (path, file.size, proto.producerName)
    let constants = proto.graph.node.lazy.flatMap(\.attribute).filter(\.hasT).map(\.t.dataType)
    let types = Set(proto.graph.initializer.map(\.dataType)).union(constants)
    dataType = types.contains(ONNXElementType.float64.rawValue) ? .float64 : .float32
  }

  /// Returns a description of the graph, its numbers converted to `S`.
  ///
  /// - Throws: `GatewiseError.file` naming the damaged or unsupported node or tensor.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func graph<S: Scalar>(as type: S.Type = S.self) throws(GatewiseError) -> ONNXGraph<S> {
    let graph = try GraphReader<S>(proto, path: path, fileSize: size).graph
    guard !graph.layers.isEmpty else {
      throw .file(path: path, problem: "holds no LSTM node; export a model with an LSTM layer.")
    }
    return graph
  }
}

extension ONNXFile {
  /// Returns the model in the file, its weights converted to `S`.
  ///
  /// - Throws: `GatewiseError.file` naming the node or tensor, if the file is damaged or Gatewise cannot represent its
  ///   graph.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func model<S: Scalar>(as type: S.Type = S.self) throws(GatewiseError) -> LSTM<S> {
    try graph(as: S.self).model()
  }
}
