import Foundation
import Gatewise

/// A line of a run's log: the measurements of an update or a validation. What was not measured is nil, and left out of
/// the line.
public struct RunLogEntry: Sendable, Equatable, Codable {
  /// The number of updates made.
  public var step: Int
  /// The training loss, in the run's unit.
  public var loss: Double?
  /// The validation loss, in the run's unit.
  public var validation: Double?
  /// The L2 norm of the whole gradient before clipping.
  public var gradientNorm: Double?
  /// The learning rate of the update.
  public var learningRate: Double?
  /// Seconds spent on updates since the start of the run.
  public var seconds: Double?
  /// Sequence steps per second, without padding.
  public var rowsPerSecond: Double?
  /// The metrics of a validation besides the loss.
  public var metrics: ValidationMetrics?
  /// L2 norms of the gradient by layer and gate: `layer0/forget`.
  public var gradientNorms: [String: Double]?
  /// L2 norms of the parameters by layer and gate.
  public var weightNorms: [String: Double]?
  /// Shares of saturated activations by layer and gate, from 0 to 1.
  public var saturation: [String: Double]?

  /// Creates an entry of the measurements at a step.
  public init(
    step: Int, loss: Double? = nil, validation: Double? = nil, gradientNorm: Double? = nil,
    learningRate: Double? = nil, seconds: Double? = nil, rowsPerSecond: Double? = nil,
    metrics: ValidationMetrics? = nil, gradientNorms: [LayerFigure]? = nil, weightNorms: [LayerFigure]? = nil,
    saturation: [LayerFigure]? = nil
  ) {
    self.step = step
    (self.loss, self.validation, self.gradientNorm) = (loss, validation, gradientNorm)
    (self.learningRate, self.seconds, self.rowsPerSecond) = (learningRate, seconds, rowsPerSecond)
    self.metrics = metrics
    setLayers(gradientNorms: gradientNorms, weightNorms: weightNorms, saturation: saturation)
  }

  /// Sets the measurements by layer and gate.
  mutating func setLayers(gradientNorms: [LayerFigure]?, weightNorms: [LayerFigure]?, saturation: [LayerFigure]?) {
    func byName(_ figures: [LayerFigure]?) -> [String: Double]? {
      figures.map { Dictionary($0.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }) }
    }
    self.gradientNorms = byName(gradientNorms)
    self.weightNorms = byName(weightNorms)
    self.saturation = byName(saturation)
  }

  /// The line without its newline, a JSON object with its keys in alphabetical order. NaN and infinity, which JSON
  /// cannot represent, are left out.
  public var line: String {
    var entry = self
    for number in [\RunLogEntry.loss, \.validation, \.gradientNorm, \.learningRate, \.seconds, \.rowsPerSecond]
    where entry[keyPath: number]?.isFinite == false {
      entry[keyPath: number] = nil
    }
    for numbers in [\RunLogEntry.gradientNorms, \.weightNorms, \.saturation] {
      entry[keyPath: numbers] = entry[keyPath: numbers]?.filter(\.value.isFinite)
    }
    entry.metrics = entry.metrics?.finite
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(entry) else { preconditionFailure("finite numbers are always JSON") }
    return String(decoding: data, as: UTF8.self)
  }

  /// Parses an entry; nil if the line is not one. Unknown keys are ignored.
  init?(line: some Collection<UInt8>) {
    guard let entry = try? JSONDecoder().decode(RunLogEntry.self, from: Data(line)) else { return nil }
    self = entry
  }
}
