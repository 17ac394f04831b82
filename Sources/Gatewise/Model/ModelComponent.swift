/// An optional component of a model, by what the checks of a configuration and the layout of its parameters ask.
///
/// A component stands in the file of its setting. `LSTMConfiguration.components` lists all of them.
protocol ModelComponent {
  /// The name in messages: `an embedding`.
  static var name: String { get }

  /// Returns whether a model has the component.
  static func isUsed(in configuration: LSTMConfiguration) -> Bool

  /// Checks the settings of a model whose sizes fit in memory.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if a setting is invalid.
  static func validate(_ configuration: LSTMConfiguration) throws(GatewiseError)

  /// Returns the setting that has an effect only between layers, as the start of a sentence; nil if it is not set.
  static func settingBetweenLayers(_ configuration: LSTMConfiguration) -> String?

  /// Returns the tensors that the component adds to every direction of a layer, in their order.
  static func tensors(in configuration: LSTMConfiguration) -> [LayerTensor]

  /// The name among the limits of the fused kernels; nil if they support the component.
  static var tileLimit: String? { get }

  /// Whether h, c and the gates of every step determine what the component computed.
  static var isRecorded: Bool { get }

  /// Whether the component may copy y_{t-1} to y_t.
  static var copiesOutputs: Bool { get }
}

extension ModelComponent {
  static func validate(_ configuration: LSTMConfiguration) throws(GatewiseError) {}
  static func settingBetweenLayers(_ configuration: LSTMConfiguration) -> String? { nil }
  static func tensors(in configuration: LSTMConfiguration) -> [LayerTensor] { [] }
  static var tileLimit: String? { nil }
  static var isRecorded: Bool { true }
  static var copiesOutputs: Bool { false }
}
