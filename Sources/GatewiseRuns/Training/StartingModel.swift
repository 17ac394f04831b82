import Gatewise

/// A trained model to be trained further.
public struct StartingModel: Sendable {
  /// The open file.
  public let file: ModelFile
  /// The meaning of its inputs and outputs.
  public let data: ModelData
  /// The path of the file.
  public let path: String

  /// Opens a model file.
  ///
  /// - Throws: `GatewiseError.file` if it is not a model file, does not describe its inputs, or its sizes do not match
  ///   its data.
  public init(path: String) throws(GatewiseError) {
    let file = try ModelFile(contentsOf: path)
    guard let data = try ModelData.read(from: file.extras, path: path) else {
      throw .file(
        path: path,
        problem: "does not describe its inputs and outputs; only a model of gatewise train can go on training.")
    }
    try data.check(file.configuration, path: path)
    (self.file, self.data, self.path) = (file, data, path)
  }
}

extension ModelData {
  /// Checks that a model has the inputs and outputs that its data require.
  ///
  /// - Throws: `GatewiseError.file` if a file's model and data do not match.
  public func check(_ configuration: LSTMConfiguration, path: String) throws(GatewiseError) {
    let position: LSTMConfiguration.Readout.Position
    if case .classification = self { position = .lastStep } else { position = .everyStep }
    guard configuration.inputSize == sizes.input,
      configuration.readout?.outputSize == sizes.output, configuration.readout?.position == position
    else {
      throw .file(
        path: path,
        problem: "is damaged: its model has \(configuration.inputSize) inputs and \(configuration.outputSize) outputs, "
          + "but its data require \(sizes.input) and \(sizes.output).")
    }
  }
}
