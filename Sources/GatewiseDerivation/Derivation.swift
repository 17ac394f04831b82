import Gatewise
import GatewiseReference

/// How the gradient of one weight of a stack of LSTM layers comes about by a rule, line by line: formulas, what they say,
/// and the numbers that these very formulas have in a small network, beside the engine's.
///
///     let network = try DerivationNetwork(hiddenSizes: [2, 2])
///     let weight = try Weight("layer0.forget.recurrent[1,0]", in: network.configuration)
///     let derivation = try Derivation(of: weight, in: network, rule: TruncatedRTRL())
///     print(TextWriter().text(derivation))
public struct Derivation: Sendable {
  /// The weight.
  public let weight: Weight
  /// What the engine computes, with the network and the rule.
  public let engine: EngineNumbers
  /// The lines with their numbers.
  public let sections: [EvaluatedSection]
  /// ∂E/∂w by the complex step of the scalar reference, of the network whose exact gradient the rule is.
  public let complexStep: Double

  /// The greatest relative difference from the engine that a line may have.
  public static let tolerance = 1e-10

  /// The rule's name.
  public var ruleName: String { engine.paths.name }
  /// The network.
  public var network: DerivationNetwork { engine.network }
  /// All lines in their order.
  public var lines: [EvaluatedLine] { sections.flatMap(\.lines) }
  /// The lines whose number is not the engine's.
  public var disagreements: [EvaluatedLine] { lines.filter { !$0.agrees } }
  /// Whether the engine's gradient is that of the complex step.
  public var agreesWithComplexStep: Bool { complexStepDifference <= Self.tolerance }
  /// Whether everything agrees.
  public var holds: Bool { disagreements.isEmpty && agreesWithComplexStep }
  /// The greatest relative difference of a line from the engine.
  public var greatestDifference: Double { lines.compactMap(\.difference).max() ?? 0 }

  /// ∂E/∂w as the last line has it.
  public var gradient: Double { lines.last!.rows[0].numbers[0] }
  /// How far that is from the complex step.
  public var complexStepDifference: Double { relativeDifference([gradient], [complexStep]) }

  /// A derivation.
  ///
  /// Cost: the engine runs a few times for each unit and step of every layer, for truncated BPTT so in each block, and the
  /// complex step once.
  ///
  /// - Throws: `GatewiseError` for a rule that has no derivation.
  public init(of weight: Weight, in network: DerivationNetwork, rule: any GradientRule) throws {
    self.init(of: weight, beside: try EngineNumbers(of: network, rule: rule))
  }

  /// A derivation beside numbers that are there already, for several weights of one network.
  public init(of weight: Weight, beside engine: EngineNumbers) {
    self.init(
      of: weight, beside: engine, sections: Section.all(engine.network.configuration, weight, engine.paths))
  }

  /// A derivation of given lines; the complex step, which does not depend on them, may be known already.
  init(of weight: Weight, beside engine: EngineNumbers, sections: [Section], complexStep: Double? = nil) {
    (self.weight, self.engine) = (weight, engine)
    self.sections = EvaluatedSection.all(sections, weight, engine)
    self.complexStep =
      complexStep
      ?? ComplexStep.derivatives(
        of: engine.network.reference(engine.rule), by: [.parameter(weight.offset(in: engine.network.model.layout))])[0]
  }
}

/// max|a - b| over the greatest magnitude among both; infinite where one is not a number.
func relativeDifference(_ a: [Double], _ b: [Double]) -> Double {
  guard (a + b).allSatisfy(\.isFinite) else { return .infinity }
  let difference = zip(a, b).map { ($0 - $1).magnitude }.max() ?? 0
  return difference == 0 ? 0 : difference / (a + b).map(\.magnitude).max()!
}
