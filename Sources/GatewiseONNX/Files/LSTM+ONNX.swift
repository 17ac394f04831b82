import Gatewise
import SwiftProtobuf

extension LSTM {
  /// The model in the ONNX file at `path`, its weights converted to `S`; see ``ONNXFile``.
  ///
  /// - Throws: `GatewiseError.file` where the file is damaged, or its graph is no model of Gatewise.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public init(onnx path: String) throws(GatewiseError) {
    self = try ONNXFile(contentsOf: path).model(as: S.self)
  }

  /// Writes the model as an ONNX file, whole or not at all.
  ///
  /// The graph has the input `x` `[T, N, I]`, T and N open, and the outputs `y` `[T, N, K]` (`[1, N, K]` for a readout
  /// of the last step), `hT` and `cT` `[L·D, N, H]`; where layers differ in size `hT_l0` `[D, N, H]` and so on. It runs
  /// wherever operators of version 14 do. Learned initial states are constants for every sequence of the batch.
  ///
  /// With lengths, the graph's rows of `y` behind a sequence's end are what a readout makes of zeros, where Gatewise
  /// has zeros. ONNX Runtime does not clip what goes into h, which Gatewise and ONNX's specification do.
  ///
  /// - Parameters:
  ///   - path: Where to write. A file that is there is replaced only when the new one is complete.
  ///   - takesLengths: Whether there is an input `lengths` `[N]` (int32) with the steps of every sequence.
  ///   - extras: Text to store beside the model; ``ONNXGraph/extras`` gives it back.
  /// - Throws: `GatewiseError.invalidArgument` naming what of the model ONNX has no word for, `GatewiseError.notFinite`
  ///   where a parameter is NaN or infinite, `GatewiseError.file` where the file cannot be written.
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
    // A file cannot be longer, and it has zeros for second biases and coupled gates, too.
    guard parameters.count <= Int(Int32.max) / 3 * 2 / MemoryLayout<S>.stride else {
      throw .invalidArgument(
        "The model has \(parameters.count) parameters, more than an ONNX file of 2 GiB holds; write a safetensors file."
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
  /// Checks that ONNX's LSTM operator can say what the model is.
  ///
  /// - Throws: `GatewiseError.invalidArgument` naming the option.
  func requireONNX() throws(GatewiseError) {
    let others: [(name: String, isThere: Bool)] = [
      ("a projection", projection != nil),
      ("normalized layers", normalization != nil),
      ("residual connections", isResidual && layerCount > 1),
      ("memory blocks of \(cell.cellsPerBlock) cells", cell.cellsPerBlock > 1),
      ("gate activations as inputs (gateRecurrence)", cell.gateRecurrence),
      ("layers without a forget gate (gating \(MemoryCell.Gating.inputOnly.rawValue))", cell.gating == .inputOnly),
      ("input gates that follow the forget gates (gating \(cell.gating.rawValue))", cell.gating == .keepForget),
      ("a clip of cell states (cellClip)", cell.cellClip != nil),
      ("zoneout", regularization.zoneoutCell > 0 || regularization.zoneoutHidden > 0),
    ]
    guard let other = others.first(where: \.isThere) else { return }
    throw .invalidArgument(
      "ONNX has no LSTM with \(other.name), which this model has; keep it as a safetensors file.")
  }
}
