/// A rule for differentiation: the paths through time and layers that an error takes.
///
///     let trainer = try Trainer(model, loss: .meanSquaredError, optimizer: .adam(), rule: .bptt(segment: 32))
///
/// A rule is a value, one of those below. Each documents its cost, its memory, when to use it and its source. Invalid
/// settings are refused where the rule is used.
public struct GradientRule: Sendable {
  /// The kind of rule with its settings.
  package let definition: any RuleDefinition

  init(_ definition: some RuleDefinition) { self.definition = definition }

  /// What the rule asks of the engine.
  package var request: GradientRequest { definition.request }

  /// Checks the rule's settings.
  ///
  /// - Throws: `GatewiseError.invalidArgument` naming the invalid setting.
  package func validate() throws(GatewiseError) { try definition.validate() }
}

/// A kind of gradient rule with its settings. What it asks of the engine is data, `request`, which the engine
/// interprets in one place, `WindowPass`.
package protocol RuleDefinition: Sendable {
  /// What the rule asks of the engine.
  var request: GradientRequest { get }

  /// Checks the rule's settings. A rule without any need not implement this.
  ///
  /// - Throws: `GatewiseError.invalidArgument` naming the invalid setting.
  func validate() throws(GatewiseError)
}

extension RuleDefinition {
  /// There is no setting to check.
  package func validate() throws(GatewiseError) {}
}

/// What a gradient rule asks of the engine.
package struct GradientRequest: Sendable {
  /// How a window is cut in time.
  enum Cut: Sendable, Equatable {
    /// Not at all.
    case whole
    /// Into segments, which run forward once more on the way back; the error passes from one to the next.
    case segments(steps: Int)
    /// At every `every` steps the errors since the last cut go back through at most `depth` steps.
    case blocks(every: Int, depth: Int)
  }

  /// How the gradient arises.
  enum Direction: Sendable, Equatable {
    /// The error goes back from the last step, along some paths.
    case backward(ErrorPaths)
    /// The derivatives of all states by all parameters go forward.
    case forward
  }

  /// Parts of a model that a rule cannot differentiate.
  enum Limit: Sendable {
    case oneDirection
    case plainLayers
    case noCopiedOutputs
  }

  /// The rule's name in errors, at the start of a sentence.
  let name: String
  var cut = Cut.whole
  let direction: Direction
  /// The limits of the rule.
  let limits: [Limit]

  /// The paths of the error; all if derivatives go forward, where the error of the input goes back as in BPTT.
  var paths: ErrorPaths { if case .backward(let paths) = direction { paths } else { .all } }

  /// Checks that a model is within the limits.
  ///
  /// - Throws: `GatewiseError.invalidArgument` with the part of the model that is not.
  func validate(for configuration: LSTMConfiguration) throws(GatewiseError) {
    for limit in limits {
      switch limit {
      case .oneDirection: try configuration.requireOneDirection(for: name)
      case .plainLayers: try configuration.requirePlainLayers(for: name)
      case .noCopiedOutputs: try configuration.requireNoCopiedOutputs(for: name)
      }
    }
  }
}

extension GradientRequest {
  /// The number of steps of the segments between which the error passes; nil if the window is not cut so.
  package var segment: Int? { if case .segments(let steps) = cut { steps } else { nil } }
  /// Whether a window is in memory as a whole; otherwise its maximum of steps is limited.
  package var keepsWholeWindow: Bool { cut == .whole }
}
