import Gatewise

extension LSTM {
  /// Writes the model as a `.npz` file under the names of a model file, which `numpy.load` reads:
  ///
  ///     lstm.load_state_dict({k: torch.from_numpy(v) for k, v in numpy.load("model.npz").items()})
  ///
  /// What names and shapes do not say, and `extras`, stand as text in one more array, `gatewise`; a model like PyTorch's
  /// does without.
  ///
  /// - Throws: `GatewiseError.notFinite` where a parameter is NaN or infinite, `GatewiseError.file` where the file
  ///   cannot be written. A file that is there stays as it was.
  public func writeNPZ(
    to path: String, names: ModelNames = ModelNames(), extras: [String: String] = [:]
  ) throws(GatewiseError) {
    let (tensors, metadata) = try content(for: path, names: names, extras: extras)
    let isPlain = configuration.isSaidByNames && extras.isEmpty
    try NPZFile.write(tensors, metadata: isPlain ? nil : metadata.json, to: path)
  }
}
