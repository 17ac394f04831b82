/// The embedding of the input, `LSTMConfiguration.embeddingSize`.
enum EmbeddingComponent: ModelComponent {
  static var name: String { "an embedding" }

  static func isUsed(in configuration: LSTMConfiguration) -> Bool { configuration.embeddingSize != nil }

  static func validate(_ configuration: LSTMConfiguration) throws(GatewiseError) {
    if let size = configuration.embeddingSize, size < 1 {
      throw .invalidArgument("The embedding has \(size) numbers; it must have at least 1.")
    }
  }
}
