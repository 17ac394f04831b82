extension WeightStorage {
  /// Checks that an engine can store weights so.
  func validate<S: Scalar>(
    for type: S.Type, _ configuration: LSTMConfiguration, path: RecurrentPath
  ) throws(GatewiseError) {
    guard self != .full else { return }
    guard configuration.runsByTile(inTraining: false) else {
      throw .invalidArgument(
        "\(rawValue) weights need the tile, which runs the default cell alone, without "
          + "\(LSTMConfiguration.tileLimits); store them in full.")
    }
    guard S.dataType == .float32 else {
      throw .invalidArgument(
        "\(rawValue) weights are for float32, but these numbers are float64; convert them.")
    }
    guard path == .tile else {
      throw .invalidArgument(
        "\(rawValue) weights need the tile, but \(RecurrentPath.environmentVariable) asks for the plain path.")
    }
    let inputs = (0..<configuration.layerCount).map { configuration.inputSize(ofLayer: $0) }
    let widest = (inputs + configuration.hiddenSizes).max() ?? 0
    guard self != .int8 || widest <= Self.widestInt8Row else {
      throw .invalidArgument(
        "int8 weights are for at most \(Self.widestInt8Row) inputs of a layer, but this model has \(widest); "
          + "store them as bfloat16.")
    }
  }
}
