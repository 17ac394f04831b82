import Gatewise
import GatewiseReference

/// The derivation of the gradient of one weight of a stack of LSTM layers by a rule, line by line: formulas,
/// explanations, and the numbers that these formulas have in a small network, compared with the engine's.
///
///     let network = try DerivationNetwork(hiddenSizes: [2, 2])
///     let weight = try Weight("layer0.forget.recurrent[1,0]", in: network.configuration)
///     let derivation = try Derivation(of: weight, in: network, rule: .truncatedRTRL())
///     print(TextWriter().text(derivation))
public struct Derivation: Sendable {
  /// The weight.
  public let weight: Weight
  /// The engine's numbers, with the network and the rule.
  public let engine: EngineNumbers
  /// The lines with their numbers.
  public let sections: [EvaluatedSection]
  /// ∂E/∂w by the complex step of the scalar reference, for the network whose exact gradient the rule is.
  public let complexStep: Double

  /// The largest relative difference from the engine that a line may have.
  public static let tolerance = 1e-10

  /// The rule's name.
  public var ruleName: String { engine.paths.name }
  /// The network.
  public var network: DerivationNetwork { engine.network }
  /// All lines in order.
  public var lines: [EvaluatedLine] { sections.flatMap(\.lines) }
  /// The lines whose numbers differ from the engine's.
  public var disagreements: [EvaluatedLine] { lines.filter { !$0.agrees } }
  /// Whether the engine's gradient agrees with the complex step.
  public var agreesWithComplexStep: Bool { complexStepDifference <= Self.tolerance }
  /// Whether everything agrees.
  public var holds: Bool { disagreements.isEmpty && agreesWithComplexStep }
  /// The largest relative difference of a line from the engine.
  public var greatestDifference: Double { lines.compactMap(\.difference).max() ?? 0 }

  /// ∂E/∂w from the last line.
  public var gradient: Double { lines.last!.rows[0].numbers[0] }
  /// The relative difference of the gradient from the complex step.
  public var complexStepDifference: Double { relativeDifference([gradient], [complexStep]) }

  /// Creates a derivation.
  ///
  /// Cost: the engine runs a few times for each unit and step of every layer, for truncated BPTT in each block, and the
  /// complex step once.
  ///
  /// - Throws: `GatewiseError` if the rule has no derivation.
  public init(of weight: Weight, in network: DerivationNetwork, rule: GradientRule) throws {
    self.init(of: weight, beside: try EngineNumbers(of: network, rule: rule))
  }

  /// Creates a derivation with existing numbers of the engine, for several weights of one network.
  public init(of weight: Weight, beside engine: EngineNumbers) {
    self.init(
      of: weight, beside: engine, sections: Section.all(engine.network.configuration, weight, engine.paths))
  }

  /// Creates a derivation of given lines; the complex step does not depend on them and may be given.
  init(of weight: Weight, beside engine: EngineNumbers, sections: [Section], complexStep: Double? = nil) {
    (self.weight, self.engine) = (weight, engine)
    self.sections = EvaluatedSection.all(sections, weight, engine)
    self.complexStep =
      complexStep
      ?? ComplexStep.derivatives(
        of: engine.reference, by: [.parameter(weight.offset(in: engine.network.model.layout))])[0]
  }
}

/// max|a - b| divided by the largest magnitude of both; infinite if a number is NaN.
func relativeDifference(_ a: [Double], _ b: [Double]) -> Double {
  guard (a + b).allSatisfy(\.isFinite) else { return .infinity }
  let difference = zip(a, b).map { ($0 - $1).magnitude }.max() ?? 0
  return difference == 0 ? 0 : difference / (a + b).map(\.magnitude).max()!
}
