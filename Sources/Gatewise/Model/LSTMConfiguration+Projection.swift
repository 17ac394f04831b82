extension LSTMConfiguration {
  /// A linear map y_t = h_t·Q from a layer's H hidden units to P outputs, which replace h_t as the input of the layer
  /// above and of the next step (Sak, Senior & Beaufays 2014); PyTorch's `proj_size`.
  public struct Projection: Sendable, Equatable, Codable {
    /// P: the number of outputs per direction of a layer.
    public var size: Int
    /// The limit of an output's magnitude; nil for none. TensorFlow's `proj_clip`.
    public var clip: Double?

    /// Makes a projection to `size` outputs.
    public init(size: Int, clip: Double? = nil) { (self.size, self.clip) = (size, clip) }
  }

  /// Sets the outputs of the layers from the shapes in a model file without metadata.
  ///
  /// - Parameter shape: returns the shape of a tensor in the file, `[outputs, inputs]`; nil if there is none.
  /// - Returns: the name, up to the number of the layer, of the tensor that has a column for each of its cells: R, or Q
  ///   if there is one, since R then has a column for each output.
  mutating func inferOutputs(
    _ shape: (_ name: String) throws(GatewiseError) -> [Int]?
  ) throws(GatewiseError) -> String {
    guard let weights = try shape("\(Projection.weights.name)_l0") else { return "weight_hh_l" }
    projection = Projection(size: weights[0])
    return "\(Projection.weights.name)_l"
  }
}

extension LSTMConfiguration.Projection: ModelComponent {
  /// Q; a model file has it transposed, as `weight_hr_l0` `[P, H]` and so on.
  static let weights = LayerTensor("weight_hr", .projectionWeights, [.cells, .outputs])

  static var name: String { "a projection" }
  static var tileLimit: String? { "projection" }

  static func isUsed(in configuration: LSTMConfiguration) -> Bool { configuration.projection != nil }

  static func tensors(in configuration: LSTMConfiguration) -> [LayerTensor] { [weights] }

  static func validate(_ configuration: LSTMConfiguration) throws(GatewiseError) {
    guard let projection = configuration.projection else { return }
    guard projection.size >= 1 else {
      throw .invalidArgument("The projection has \(projection.size) outputs; it must have at least 1.")
    }
    if let clip = projection.clip, !(clip > 0) {
      throw .invalidArgument("The clip bound of the projection must be above 0, but is \(clip).")
    }
  }
}
