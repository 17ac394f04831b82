/// Formulas for LaTeX: `o_{1,k}(t)`, `W^{o}_{1;m,k}`.
public struct LaTeXNotation: Notation {
  /// Creates the notation.
  public init() {}

  /// A thin space.
  public var times: String { "\\," }

  /// `c_{0,k}(t-1)`, `R^{f}_{0;1,0}`
  public func write(_ quantity: Quantity) -> String {
    switch quantity.kind {
    case .input: place("x", quantity)
    case .output: place("y", quantity)
    case .cell: place("c", quantity)
    case .activation(let gate): place(gate.letter, quantity)
    case .netInput(let gate): place("a^{\(gate.letter)}", quantity)
    case .inputWeight(let gate): place("W^{\(gate.letter)}", quantity)
    case .recurrentWeight(let gate): place("R^{\(gate.letter)}", quantity)
    case .bias(let gate): place("b^{\(gate.letter)}", quantity)
    case .peephole(let gate): place("p^{\(gate.letter)}", quantity)
    case .lossError: place("\\mathit{dy}", quantity)
    case .error: place("e", quantity)
    case .outputError: place("\\mathit{dh}", quantity)
    case .delta(let gate): place("\\delta^{\(gate.letter)}", quantity)
    case .currentDelta(let gate): place("\\hat{\\delta}^{\(gate.letter)}", quantity)
    case .cellEntry: place("e^{s}", quantity)
    case .cellError: place("\\mathit{dc}", quantity)
    case .outputByInput: derivative(write(quantity.outputAbove), write(quantity.outputBelow))
    case .cellTrace: derivative(place("c", quantity), "w")
    case .outputTrace: derivative(place("y", quantity), "w")
    case .stepGradient: derivative("E(t)", "w")
    case .gradient: derivative(objective(quantity), "w")
    }
  }

  private func place(_ letter: String, _ quantity: Quantity) -> String {
    let indices = quantity.indices.map(\.text).joined(separator: ",")
    let layer = quantity.layer.map { "\($0)\(quantity.indices.count > 1 ? ";" : ",")" } ?? ""
    return "\(marked(letter, quantity))_{\(layer)\(indices)}" + (quantity.step.map { "(\($0.text))" } ?? "")
  }

  /// The letter with its block: `\delta^{f,(2)}`, `\mathit{dc}^{(2)}`.
  private func marked(_ letter: String, _ quantity: Quantity) -> String {
    guard quantity.isMarked, let block = quantity.block else { return letter }
    guard letter.contains("^"), letter.last == "}" else { return "\(letter)^{(\(block))}" }
    return "\(letter.dropLast()),(\(block))}"
  }

  private func objective(_ quantity: Quantity) -> String { quantity.block.map { "E_{\($0)}" } ?? "E" }

  private func derivative(_ above: String, _ below: String) -> String {
    "\\frac{\\partial \(above)}{\\partial \(below)}"
  }

  /// `o'_{1,k}(t)`
  public func write(slopeOf activation: Quantity) -> String {
    let text = write(activation)
    return "\(text.prefix(1))'\(text.dropFirst())"
  }

  /// `\sigma(…)`
  public func write(_ function: Expression.Function, of argument: String) -> String {
    switch function {
    case .logistic: "\\sigma\\Bigl(\(argument)\\Bigr)"
    case .tanh: "\\tanh\\bigl(\(argument)\\bigr)"
    case .tanhSlope: "\\tanh'\\bigl(\(argument)\\bigr)"
    }
  }

  /// `\sum_{k} …`
  public func write(totalOver letter: String, _ body: String) -> String { "\\sum_{\(letter)} \(body)" }

  /// `\sum_{t} …`
  public func write(totalOverSteps body: String) -> String { "\\sum_{t} \(body)" }

  /// `\frac{\partial E}{\partial …}`
  public func write(derivativeBy quantity: Quantity) -> String { derivative(objective(quantity), write(quantity)) }

  /// Parentheses that grow.
  public func parenthesized(_ text: String) -> String { "\\Bigl(\(text)\\Bigr)" }
}
