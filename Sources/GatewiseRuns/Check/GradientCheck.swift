import Gatewise
import GatewiseDerivation
import GatewiseReference

/// Compares the engine's gradients with the complex step of the scalar reference, which shares no code with the engine.
///
/// Central differences of the reference verify that the complex step was applied to the right function; they are
/// accurate to about 9 digits. Across a kink (of a clip, or of a piecewise activation function) they are wrong; models
/// with kinks report them without a verdict.
public struct GradientCheck: Sendable {
  /// The result for one tensor, or for the directions.
  public struct Row: Sendable, Equatable {
    /// The tensor's name: a parameter's name, `x`, `h0_l0` and so on; `directions` for directional derivatives.
    public let name: String
    /// The shape, with weights as in a model file.
    public let shape: [Int]
    /// The number of entries, or of directions, that were compared.
    public let checked: Int
    /// max|engine - complex step| / max|gradient| over the tensor; infinite if a value is NaN or infinite.
    public let difference: Double
    /// The same for central differences and the complex step, over up to 10 entries; nil for directions.
    public let centralDifference: Double?
    /// Whether the central differences are within their bound; true if there are none.
    public let isSeconded: Bool
    /// Whether the gradient, and the central differences unless the model has kinks, are within their bounds.
    public let passes: Bool
  }

  /// Which entries of a tensor are compared.
  public enum Coverage: Sendable, Equatable {
    /// Every entry.
    case complete
    /// This many entries of each tensor, drawn from the seed, and derivatives along 16 directions over all variables.
    case sampled(Int)
  }

  /// The problem that is differentiated.
  public let problem: GradientProblem
  /// The largest difference that passes.
  public let tolerance: Double
  /// Which entries are compared.
  public let coverage: Coverage
  /// The names of the tensors, in the order of the rows.
  public let tensorNames: [String]

  /// The bound of central differences, relative to the largest entry of the tensor.
  public static let centralTolerance = 1e-6

  private let tensors: [TensorUnderCheck]
  private let gradients: ReferenceVariables
  private let reference: ReferenceProblem
  private let objective: Double
  private let seed: UInt64

  /// Computes the engine's gradients; `run` compares them.
  ///
  /// - Parameters:
  ///   - problem: The problem to differentiate.
  ///   - rule: The gradient rule of the engine; the oracle is the network whose exact gradient it computes.
  ///   - coverage: By default every entry if no layer has more than 17 units, else 50 entries of each tensor.
  ///   - tolerance: The largest difference that passes.
  ///   - seed: The seed of the drawn entries and directions.
  ///   - execution: Threads and instruction set of the engine.
  /// - Throws: The engine's errors.
  public init(
    _ problem: GradientProblem, rule: GradientRule = .bptt(), coverage: Coverage? = nil, tolerance: Double = 1e-12,
    seed: UInt64 = 1,
    execution: Execution? = nil
  ) throws {
    self.problem = problem
    self.tolerance = tolerance
    self.seed = seed
    let isSmall = problem.model.configuration.hiddenSizes.allSatisfy { $0 <= 17 }
    self.coverage = coverage ?? (isSmall ? .complete : .sampled(50))
    let found = try problem.gradients(rule: rule, execution: execution)
    let given = problem.initialState == nil ? nil : found.initialState
    gradients = ReferenceVariables(
      parameters: found.parameters, input: found.input.elements, h0: given?.hidden.map(\.elements) ?? [],
      c0: given?.cell.map(\.elements) ?? [], g0: given?.gates.map(\.elements) ?? [])
    reference = problem.reference(try ReferenceRule(of: rule))
    objective = reference.objective()
    tensors = TensorUnderCheck.all(of: problem, found)
    tensorNames = tensors.map(\.name)
  }

  /// Compares all tensors.
  ///
  /// Cost: one scalar forward pass on complex numbers for each compared entry, on all cores.
  ///
  /// - Parameter onRow: Called with each row as soon as it is computed.
  /// - Returns: The rows, tensors first.
  @discardableResult
  public func run(onRow: (Row) -> Void = { _ in }) -> [Row] {
    var rows: [Row] = []
    func add(_ row: Row) {
      rows.append(row)
      onRow(row)
    }
    for tensor in tensors { add(row(of: tensor)) }
    if case .sampled = coverage { add(directions()) }
    return rows
  }

  private func row(of tensor: TensorUnderCheck) -> Row {
    var stream = RandomStream(seed: seed, name: "check.entries.\(tensor.name)")
    let places: [Int]
    switch coverage {
    case .complete: places = Array(tensor.gradient.indices)
    case .sampled(let count): places = Self.draw(count, below: tensor.gradient.count, from: &stream)
    }
    let exact = ComplexStep.derivatives(of: reference, by: places.map(tensor.variable))
    let scale = max(Self.greatest(exact), Self.greatest(tensor.gradient))
    let difference = Self.greatest(zip(places, exact).map { tensor.gradient[$0] - $1 })

    let few = Self.draw(10, below: places.count, from: &stream)
    let central = CentralDifferences.derivatives(of: reference, by: few.map { tensor.variable(places[$0]) })
    let centralDifference = Self.greatest(zip(few, central).map { exact[$0] - $1 })
    // The rounding error of the difference of two objectives is not counted.
    let rounding = 1e-9 * max(1, objective.magnitude)
    let relative = Self.ratio(difference, scale)
    let isSeconded = centralDifference <= Self.centralTolerance * scale + rounding
    return Row(
      name: tensor.name, shape: tensor.shape, checked: places.count, difference: relative,
      centralDifference: Self.ratio(centralDifference, scale),
      isSeconded: isSeconded,
      passes: relative <= tolerance && (isSeconded || problem.model.configuration.hasKinks))
  }

  /// Compares derivatives along 16 directions, each over all parameters, inputs and states.
  private func directions() -> Row {
    var stream = RandomStream(seed: seed, name: "check.directions")
    func draw(_ values: [Double]) -> [Double] { values.map { _ in stream.normal() } }
    var pairs: [(found: Double, exact: Double)] = []
    for _ in 0..<16 {
      let direction = ReferenceVariables(
        parameters: draw(gradients.parameters), input: draw(gradients.input), h0: gradients.h0.map(draw),
        c0: gradients.c0.map(draw), g0: gradients.g0.map(draw))
      pairs.append((gradients.dot(direction), ComplexStep.derivative(of: reference, along: direction)))
    }
    let difference = Self.ratio(
      Self.greatest(pairs.map { $0.found - $0.exact }), Self.greatest(pairs.map(\.exact)))
    return Row(
      name: "directions", shape: [], checked: pairs.count, difference: difference, centralDifference: nil,
      isSeconded: true, passes: difference <= tolerance)
  }

  /// Returns `count` distinct numbers below `bound`, or all of them, in ascending order.
  private static func draw(_ count: Int, below bound: Int, from stream: inout RandomStream) -> [Int] {
    guard count < bound else { return Array(0..<bound) }
    var drawn: Set<Int> = []
    while drawn.count < count { drawn.insert(stream.index(below: bound)) }
    return drawn.sorted()
  }

  /// Returns the largest magnitude; infinite if a value is NaN or infinite.
  private static func greatest(_ values: [Double]) -> Double {
    values.reduce(0) { $1.isFinite ? max($0, $1.magnitude) : .infinity }
  }

  private static func ratio(_ difference: Double, _ scale: Double) -> Double {
    difference == 0 ? 0 : difference.isFinite && scale.isFinite ? difference / scale : .infinity
  }
}

/// One tensor of the engine's gradients, and the positions of its entries among the reference's variables.
struct TensorUnderCheck: Sendable {
  let name: String
  let shape: [Int]
  let gradient: [Double]
  let variable: @Sendable (Int) -> ReferenceVariable

  /// The parameters in the order of the layout, the input, and the initial state if it is given.
  static func all(of problem: GradientProblem, _ gradients: Gradients<Double>) -> [TensorUnderCheck] {
    var tensors = problem.model.layout.entries.map { entry in
      let isMatrix = entry.shape.count == 2 && entry.role != .peepholes
      return TensorUnderCheck(
        name: entry.name, shape: isMatrix ? entry.shape.reversed() : entry.shape,
        gradient: Array(gradients.parameters[entry.range]), variable: { .parameter(entry.offset + $0) })
    }
    tensors.append(
      TensorUnderCheck(
        name: "x", shape: gradients.input.shape, gradient: gradients.input.elements, variable: { .input($0) }))
    guard problem.initialState != nil else { return tensors }
    func add(
      _ name: String, _ parts: [Tensor<Double>], _ variable: @Sendable @escaping (Int, Int) -> ReferenceVariable
    ) {
      for (l, gradient) in parts.enumerated() {
        tensors.append(
          TensorUnderCheck(
            name: "\(name)_l\(l)", shape: gradient.shape, gradient: gradient.elements, variable: { variable(l, $0) }))
      }
    }
    add("h0", gradients.initialState.hidden) { .h0(layer: $0, $1) }
    add("c0", gradients.initialState.cell) { .c0(layer: $0, $1) }
    add("g0", gradients.initialState.gates) { .g0(layer: $0, $1) }
    return tensors
  }
}

extension LSTMConfiguration {
  /// Whether the output has kinks: at the bounds of a clip, or in a piecewise activation function.
  fileprivate var hasKinks: Bool {
    let clips = [cell.preActivationClip, cell.cellClip, projection?.clip]
    return clips.contains { $0 != nil }
      || [cell.gateActivation, cell.inputActivation, cell.outputActivation].contains { activation in
        switch activation {
        case .relu, .leakyReLU, .thresholdedReLU, .hardSigmoid, .elu: true
        default: false
        }
      }
  }
}
