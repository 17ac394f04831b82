/// Formulas in plain characters: `o[1,k](t)` is o of unit k in layer 1 at step t, `W^o[1;m,k]` the weight from m to k,
/// and `dc{2}[1,k](t)` the error of c in block 2.
public struct TextNotation: Notation {
  /// Creates the notation.
  public init() {}

  /// A raised dot.
  public var times: String { "·" }

  /// `c[0,k](t-1)`, `R^f[0;1,0]`, `∂c[0,0](t)/∂w`
  public func write(_ quantity: Quantity) -> String {
    switch quantity.kind {
    case .input: place("x", quantity)
    case .output: place("y", quantity)
    case .cell: place("c", quantity)
    case .activation(let gate): place(gate.letter, quantity)
    case .netInput(let gate): place("a^\(gate.letter)", quantity)
    case .inputWeight(let gate): place("W^\(gate.letter)", quantity)
    case .recurrentWeight(let gate): place("R^\(gate.letter)", quantity)
    case .bias(let gate): place("b^\(gate.letter)", quantity)
    case .peephole(let gate): place("p^\(gate.letter)", quantity)
    case .lossError: place("dy", quantity)
    case .error: place("e", quantity)
    case .outputError: place("dh", quantity)
    case .delta(let gate): place("δ^\(gate.letter)", quantity)
    case .currentDelta(let gate): place("δ̂^\(gate.letter)", quantity)
    case .cellEntry: place("e_s", quantity)
    case .cellError: place("dc", quantity)
    case .outputByInput: "∂\(write(quantity.outputAbove))/∂\(write(quantity.outputBelow))"
    case .cellTrace: "∂\(place("c", quantity))/∂w"
    case .outputTrace: "∂\(place("y", quantity))/∂w"
    case .stepGradient: "∂E(t)/∂w"
    case .gradient: "∂\(objective(quantity))/∂w"
    }
  }

  private func place(_ letter: String, _ quantity: Quantity) -> String {
    let indices = quantity.indices.map(\.text).joined(separator: ",")
    // A semicolon separates the layer from two units.
    let layer = quantity.layer.map { "\($0)\(quantity.indices.count > 1 ? ";" : ",")" } ?? ""
    let block = quantity.isMarked ? "{\(quantity.block!)}" : ""
    return "\(letter)\(block)[\(layer)\(indices)]" + (quantity.step.map { "(\($0.text))" } ?? "")
  }

  private func objective(_ quantity: Quantity) -> String { quantity.block.map { "E_\($0)" } ?? "E" }

  /// `o'[1,k](t)`
  public func write(slopeOf activation: Quantity) -> String {
    let text = write(activation)
    return "\(text.prefix(1))'\(text.dropFirst())"
  }

  /// `σ(…)`
  public func write(_ function: Expression.Function, of argument: String) -> String {
    switch function {
    case .logistic: "σ(\(argument))"
    case .tanh: "tanh(\(argument))"
    case .tanhSlope: "tanh'(\(argument))"
    }
  }

  /// `Σ_k …`
  public func write(totalOver letter: String, _ body: String) -> String { "Σ_\(letter) \(body)" }

  /// `Σ_t …`
  public func write(totalOverSteps body: String) -> String { "Σ_t \(body)" }

  /// `∂E/∂c[0,k](t)`, in block 2 `∂E_2/∂c[0,k](t)`
  public func write(derivativeBy quantity: Quantity) -> String { "∂\(objective(quantity))/∂\(write(quantity))" }

  /// `(…)`
  public func parenthesized(_ text: String) -> String { "(\(text))" }
}

extension Quantity {
  /// Whether the letter names its block. The quantity in a derivative by E does not: the block is E's.
  var isMarked: Bool { block != nil && kind.isOfBlock }

  /// For the derivative of an output by one below: the numerator.
  var outputAbove: Quantity { Quantity(.output, layer: layer, [indices[1]], step) }

  /// For the derivative of an output by one below: the denominator.
  var outputBelow: Quantity { Quantity(.output, layer: layer! - 1, [indices[0]], step) }
}
