import Gatewise
import SwiftProtobuf

extension LSTM {
  /// Reads the model in the ONNX file at `path` and converts its weights to `S`; see ``ONNXFile``.
  ///
  /// - Throws: `GatewiseError.file` if the file is damaged or Gatewise cannot represent its graph.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public init(onnx path: String) throws(GatewiseError) {
    self = try ONNXFile(contentsOf: path).model(as: S.self)
  }

  /// Writes the model as an ONNX file, atomically.
  ///
  /// The graph has the input `x` `[T, N, I]`, with T and N open, and the outputs `y` `[T, N, K]` (`[1, N, K]` for a
  /// readout of the last step), `hT` and `cT` `[L·D, N, H]`; if layers differ in size, `hT_l0` `[D, N, H]` and so on.
  /// It runs in every program that supports operators of version 14. Learned initial states are constants for every
  /// sequence of the batch.
  ///
  /// With lengths, the rows of the graph's `y` beyond a sequence's end are the readout of zeros, where Gatewise has
  /// zeros. ONNX Runtime does not clip the input of h(c); Gatewise and ONNX's specification do.
  ///
  /// - Parameters:
  ///   - path: The file to write. An existing file is replaced only when the new one is complete.
  ///   - takesLengths: Whether the graph has an input `lengths` `[N]` (int32) with the length of every sequence.
  ///   - extras: Text to store with the model; ``ONNXGraph/extras`` returns it.
  /// - Throws: `GatewiseError.invalidArgument` naming the option that ONNX cannot express, `GatewiseError.notFinite` if
  ///   a parameter is NaN or infinite, `GatewiseError.file` if the file cannot be written.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func writeONNX(
    to path: String, takesLengths: Bool = false, extras: [String: String] = [:]
  ) throws(GatewiseError) {
    try configuration.requireONNX()
    for entry in layout.entries {
      if let place = firstNonFinite(parameters[entry.range], shape: entry.shape) {
        throw .notFinite(
          "The parameter \(entry.name) is NaN or infinite at \(place), so the model was not written to \(path).")
      }
    }
    // The limit of the format; the file also stores zeros for second biases and coupled gates.
    guard parameters.count <= Int(Int32.max) / 3 * 2 / MemoryLayout<S>.stride else {
      throw .invalidArgument(
        "The model has \(parameters.count) parameters, but an ONNX file holds at most 2 GiB; write a safetensors file."
      )
    }
    var writer = GraphWriter(self, takesLengths: takesLengths)
    let metadata = ModelMetadata(configuration: configuration, extras: extras)
    let model = writer.model(metadata: [ModelMetadata.key: metadata.json])
    let bytes: [UInt8]
    do { bytes = try model.serializedBytes() } catch {
      throw .file(path: path, problem: "cannot be written as ONNX: \(error).")
    }
    try AtomicFile.write(bytes, to: path)
  }
}

extension LSTMConfiguration {
  /// Checks that ONNX's LSTM operator can express the model.
  ///
  /// - Throws: `GatewiseError.invalidArgument` naming the option.
  func requireONNX() throws(GatewiseError) {
    let others: [(name: String, isThere: Bool)] = [
      ("a projection", projection != nil),
      ("layer normalization", normalization != nil),
      ("residual connections", isResidual && layerCount > 1),
      ("memory blocks of \(cell.cellsPerBlock) cells", cell.cellsPerBlock > 1),
      ("gate activations as inputs (gateRecurrence)", cell.gateRecurrence),
      ("layers without a forget gate (gating \(MemoryCell.Gating.inputOnly.rawValue))", cell.gating == .inputOnly),
      ("input gates coupled to the forget gates (gating \(cell.gating.rawValue))", cell.gating == .keepForget),
      ("clipped cell states (cellClip)", cell.cellClip != nil),
      ("zoneout", regularization.zoneoutCell > 0 || regularization.zoneoutHidden > 0),
    ]
    guard let other = others.first(where: \.isThere) else { return }
    throw .invalidArgument(
      "The model has \(other.name), which ONNX's LSTM operator cannot express; keep it as a safetensors file.")
  }
}
