import Gatewise

extension LSTM {
  /// Writes the model as a `.npz` file under the tensor names of a model file, for `numpy.load`:
  ///
  ///     lstm.load_state_dict({k: torch.from_numpy(v) for k, v in numpy.load("model.npz").items()})
  ///
  /// What names and shapes do not determine, and `extras`, is stored as text in one more array, `gatewise`; a model
  /// with PyTorch's defaults needs none.
  ///
  /// - Throws: `GatewiseError.notFinite` if a parameter is NaN or infinite, `GatewiseError.file` if the file cannot be
  ///   written. An existing file then stays unchanged.
  public func writeNPZ(
    to path: String, names: ModelNames = ModelNames(), extras: [String: String] = [:]
  ) throws(GatewiseError) {
    let (tensors, metadata) = try content(for: path, names: names, extras: extras)
    let isPlain = configuration.isSaidByNames && extras.isEmpty
    try NPZFile.write(tensors, metadata: isPlain ? nil : metadata.json, to: path)
  }
}
