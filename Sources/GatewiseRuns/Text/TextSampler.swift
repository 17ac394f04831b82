import Foundation
import Gatewise

/// Samples text from a model: each token is drawn from the model's distribution given all tokens before it.
///
/// Used by one thread at a time. A token costs one step of the model.
public final class TextSampler<S: Scalar> {
  private let vocabulary: Vocabulary
  private let temperature: Double
  private let session: StreamingSession<S>
  private var stream: RandomStream
  private var logits: [S]?

  /// Creates a sampler that has read nothing.
  ///
  /// - Parameters:
  ///   - model: A model whose inputs and outputs are the vocabulary's tokens.
  ///   - vocabulary: The vocabulary.
  ///   - temperature: The divisor of the logits, ≥ 0; 0 always takes the most probable token.
  ///   - seed: The seed; equal seeds give equal texts.
  /// - Throws: `GatewiseError` if the model has other inputs or outputs.
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
      throw GatewiseError.invalidArgument("The temperature must be finite and at least 0, but is \(temperature).")
    }
    self.vocabulary = vocabulary
    self.temperature = temperature
    session = try StreamingSession(model, execution: execution)
    stream = RandomStream(seed: seed, name: "sample")
  }

  /// Reads a text, which the samples continue.
  ///
  /// - Throws: `GatewiseError.invalidArgument` naming the first character that the vocabulary lacks.
  public func read(_ text: String) throws {
    for token in try vocabulary.encode(text) { logits = try session.step(tokens: [token]) }
  }

  /// Samples the next token.
  ///
  /// - Returns: Its UTF-8, or its byte for a vocabulary of bytes.
  /// - Throws: `GatewiseError.notFinite` if the model's outputs are not finite.
  public func next() throws -> [UInt8] {
    // Without a prompt the text begins as after a line end.
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
