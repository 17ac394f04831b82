/// Formulas in the letters of Gers' dissertation of 2001, as far as it has them: `y_φ[0,k](t)` is its y^φ of unit k in
/// layer 0, `s[0,k](t)` the cell state, and `w_φ[0;k,m]` the weight from m to k, with its index order.
///
/// It has no letters for what full BPTT adds to the papers' truncation; those are the engine's.
public struct DissertationNotation: Notation {
  /// Creates the notation.
  public init() {}

  /// A raised dot.
  public var times: String { "·" }

  /// `s[0,k](t-1)`, `w_φ[0;0,c_1]`, `∂s[0,0](t)/∂w`
  public func write(_ quantity: Quantity) -> String {
    switch quantity.kind {
    case .input: place("x", quantity)
    case .output: place("y_c", quantity)
    case .cell: place("s", quantity)
    case .activation(.candidate): "g(\(place("net_c", quantity)))"
    case .activation(let gate): place("y_\(gate.subscript)", quantity)
    case .netInput(let gate): place("net_\(gate.subscript)", quantity)
    case .inputWeight(let gate): weight(gate, quantity, from: quantity.indices[0].text)
    case .recurrentWeight(let gate): weight(gate, quantity, from: "c_\(quantity.indices[0].text)")
    case .bias(let gate): weight(gate, quantity, from: "bias")
    case .peephole(let gate): weight(gate, quantity, from: "s")
    case .lossError, .error: place("e", quantity)
    case .outputError: place("dh", quantity)
    case .delta(let gate): place("δ_\(gate.subscript)", quantity)
    case .currentDelta(let gate): place("δ̂_\(gate.subscript)", quantity)
    case .cellEntry: place("e_s", quantity)
    case .cellError: place("dc", quantity)
    case .outputByInput: "∂\(write(quantity.outputAbove))/∂\(write(quantity.outputBelow))"
    case .cellTrace: "∂\(place("s", quantity))/∂w"
    case .outputTrace: "∂\(place("y_c", quantity))/∂w"
    case .stepGradient: "∂E(t)/∂w"
    case .gradient: "∂E/∂w"
    }
  }

  private func place(_ letter: String, _ quantity: Quantity) -> String {
    let indices = (quantity.layer.map { ["\($0)"] } ?? []) + quantity.indices.map(\.text)
    return "\(letter)[\(indices.joined(separator: ","))]" + (quantity.step.map { "(\($0.text))" } ?? "")
  }

  private func weight(_ gate: Gate, _ quantity: Quantity, from source: String) -> String {
    "w_\(gate.subscript)[\(quantity.layer!);\(quantity.indices.last!.text),\(source)]"
  }

  /// `f_φ'(net_φ[0,k](t))`, for the candidate `g'(net_c[0,k](t))`
  public func write(slopeOf activation: Quantity) -> String {
    guard case .activation(let gate) = activation.kind else { return "\(write(activation))'" }
    let net = Quantity(.netInput(gate), layer: activation.layer, activation.indices, activation.step)
    return "\(gate == .candidate ? "g" : "f_\(gate.subscript)")'(\(write(net)))"
  }

  /// `f(…)` for gates, `h(…)` of a cell state and `g(…)` of a pre-activation.
  public func write(_ function: Expression.Function, of argument: String) -> String {
    let isOfCell = argument.hasPrefix("s[")
    switch function {
    case .logistic: return "f(\(argument))"
    case .tanh: return "\(isOfCell ? "h" : "g")(\(argument))"
    case .tanhSlope: return "\(isOfCell ? "h" : "g")'(\(argument))"
    }
  }

  /// `Σ_k …`
  public func write(totalOver letter: String, _ body: String) -> String { "Σ_\(letter) \(body)" }

  /// `Σ_t …`
  public func write(totalOverSteps body: String) -> String { "Σ_t \(body)" }

  /// `∂E/∂s[0,k](t)`
  public func write(derivativeBy quantity: Quantity) -> String { "∂E/∂\(write(quantity))" }

  /// `(…)`
  public func parenthesized(_ text: String) -> String { "(\(text))" }
}

extension Gate {
  /// The dissertation's index: in, φ, c, out.
  fileprivate var `subscript`: String {
    switch self {
    case .input: "in"
    case .forget: "φ"
    case .candidate: "c"
    case .output: "out"
    }
  }
}
