import Gatewise

/// A model that was trained before, to be trained further.
public struct StartingModel: Sendable {
  /// The file, open.
  public let file: ModelFile
  /// What its inputs and outputs mean.
  public let data: ModelData
  /// Where it stands.
  public let path: String

  /// Opens a model file.
  ///
  /// - Throws: `GatewiseError.file` where it is no model file, or does not say what its inputs mean, or its sizes are
  ///   not those of its data.
  public init(path: String) throws(GatewiseError) {
    let file = try ModelFile(contentsOf: path)
    guard let data = try ModelData.read(from: file.extras, path: path) else {
      throw .file(
        path: path,
        problem: "does not say what its inputs and outputs mean; only models that gatewise train has left can go on.")
    }
    try data.check(file.configuration, path: path)
    (self.file, self.data, self.path) = (file, data, path)
  }
}

extension ModelData {
  /// Checks that a model has the inputs and outputs that its data call for.
  ///
  /// - Throws: `GatewiseError.file` where a file's model and data do not fit each other.
  public func check(_ configuration: LSTMConfiguration, path: String) throws(GatewiseError) {
    let position: LSTMConfiguration.Readout.Position
    if case .classification = self { position = .lastStep } else { position = .everyStep }
    guard configuration.inputSize == sizes.input,
      configuration.readout?.outputSize == sizes.output, configuration.readout?.position == position
    else {
      throw .file(
        path: path,
        problem: "is damaged: its model has \(configuration.inputSize) inputs and \(configuration.outputSize) outputs, "
          + "but its data call for \(sizes.input) and \(sizes.output).")
    }
  }
}
