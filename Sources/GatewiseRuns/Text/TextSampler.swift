import Foundation
import Gatewise

/// A model of text that writes: each token is drawn from what the model finds probable after all before it.
///
/// Belongs to one thread at a time. A token costs one step of the model.
public final class TextSampler<S: Scalar> {
  private let vocabulary: Vocabulary
  private let temperature: Double
  private let session: StreamingSession<S>
  private var stream: RandomStream
  private var logits: [S]?

  /// A writer that has read nothing.
  ///
  /// - Parameters:
  ///   - model: inputs and outputs are the vocabulary's tokens.
  ///   - vocabulary: what the tokens mean.
  ///   - temperature: the logits are divided by it, ≥ 0; 0 always takes the most probable token.
  ///   - seed: the same seed gives the same text.
  /// - Throws: `GatewiseError` where the model has other inputs or outputs.
  public init(
    _ model: LSTM<S>, vocabulary: Vocabulary, temperature: Double, seed: UInt64, execution: Execution? = nil
  ) throws {
    let configuration = model.configuration
    guard configuration.inputSize == vocabulary.count, configuration.outputSize == vocabulary.count,
      !configuration.readsLastStepOnly
    else {
      throw GatewiseError.shapeMismatch(
        name: "the model's inputs and outputs", expected: [vocabulary.count, vocabulary.count],
        found: [configuration.inputSize, configuration.outputSize])
    }
    guard temperature >= 0, temperature.isFinite else {
      throw GatewiseError.invalidArgument("The temperature is \(temperature), but it is a finite number of at least 0.")
    }
    self.vocabulary = vocabulary
    self.temperature = temperature
    session = try StreamingSession(model, execution: execution)
    stream = RandomStream(seed: seed, name: "sample")
  }

  /// Reads a text, to go on from its end.
  ///
  /// - Throws: `GatewiseError.invalidArgument` naming the first character that the vocabulary lacks.
  public func read(_ text: String) throws {
    for token in try vocabulary.encode(text) { logits = try session.step(tokens: [token]) }
  }

  /// Writes one token more.
  ///
  /// - Returns: its UTF-8, or for a vocabulary of bytes the byte.
  /// - Throws: `GatewiseError.notFinite` where the model's outputs are not finite.
  public func next() throws -> [UInt8] {
    // With nothing read yet the text begins as behind the end of a line.
    let logits = try logits ?? session.step(tokens: [vocabulary.token(of: "\n") ?? 0])
    let token = try draw(logits)
    self.logits = try session.step(tokens: [Int32(token)])
    return vocabulary.utf8(of: token)
  }

  private func draw(_ logits: [S]) throws -> Int {
    let greatest = logits.max() ?? 0
    guard logits.allSatisfy(\.isFinite) else {
      throw GatewiseError.notFinite(
        "The model's outputs are not finite; use a model that was saved before it diverged.")
    }
    guard temperature > 0 else { return logits.firstIndex(of: greatest) ?? 0 }
    let weights = logits.map { exp((Double($0) - Double(greatest)) / temperature) }
    var rest: Double = stream.uniform(in: 0...1) * weights.reduce(0, +)
    for (token, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 { return token }
    }
    return logits.firstIndex(of: greatest) ?? 0
  }
}
