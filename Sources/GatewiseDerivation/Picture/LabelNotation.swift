/// Formulas short enough for an edge, as the content of an SVG text. The edge itself shows the place, so only letters
/// are left, and the step if it differs from the edge's.
struct LabelNotation: Notation {
  /// t
  let step: Int

  /// A thin space.
  var times: String { "\u{2009}" }

  func write(_ quantity: Quantity) -> String {
    switch quantity.kind {
    case .input: letter("x", quantity)
    case .output: letter("y", quantity)
    case .cell: letter("c", quantity)
    case .activation(let gate): letter(gate.letter, quantity)
    case .netInput(let gate): letter("a", over: gate.letter, quantity)
    case .inputWeight(let gate): letter("W", over: gate.letter, quantity)
    case .recurrentWeight(let gate): letter("R", over: gate.letter, quantity)
    case .bias(let gate): letter("b", over: gate.letter, quantity)
    case .peephole(let gate): letter("p", over: gate.letter, quantity)
    case .lossError: letter("dy", quantity)
    case .error: letter("e", quantity)
    case .outputError: letter("dh", quantity)
    case .delta(let gate): letter("δ", over: gate.letter, quantity)
    case .currentDelta(let gate): letter("δ̂", over: gate.letter, quantity)
    case .cellEntry: letter("e", under: "s", quantity)
    case .cellError: letter("dc", quantity)
    case .outputByInput:
      "∂" + letter("y", under: "\(quantity.layer!)") + "/∂" + letter("y", under: "\(quantity.layer! - 1)")
    case .cellTrace: "∂" + letter("c", quantity) + "/∂w"
    case .outputTrace: "∂" + letter("y", quantity) + "/∂w"
    case .stepGradient: "∂E" + upright("(\(step))") + "/∂w"
    case .gradient: "∂" + letter("E", under: quantity.block.map { "\($0)" }) + "/∂w"
    }
  }

  func write(slopeOf activation: Quantity) -> String {
    let text = write(activation)
    return "\(text.prefix(1))′\(text.dropFirst())"
  }

  func write(_ function: Expression.Function, of argument: String) -> String {
    switch function {
    case .logistic: upright("σ") + "(\(argument))"
    case .tanh: upright("tanh\u{2009}") + argument
    case .tanhSlope: upright("tanh′\u{2009}") + argument
    }
  }

  func write(totalOver letter: String, _ body: String) -> String { body }
  func write(totalOverSteps body: String) -> String { body }
  func write(derivativeBy quantity: Quantity) -> String { "∂E/∂" + write(quantity) }

  /// A sum is too long for an edge; the line shows it.
  func parenthesized(_ text: String) -> String { upright("(…)") }

  private func letter(
    _ letter: String, over: String? = nil, under: String? = nil, _ quantity: Quantity? = nil
  ) -> String {
    // A zero-width character reverses the shift, because tspan has no end of its own.
    func shifted(_ text: String, _ dy: String, back: String) -> String {
      "<tspan class=\"small\" dy=\"\(dy)\">\(text)</tspan><tspan dy=\"\(back)\">\u{200B}</tspan>"
    }
    let offset = quantity?.step?.offset ?? 0
    return letter + (over.map { shifted($0, "-4", back: "4") } ?? "")
      + (under.map { shifted($0, "3", back: "-3") } ?? "") + (offset == 0 ? "" : upright("(\(step + offset))"))
  }

  private func upright(_ text: String) -> String { "<tspan class=\"upright\">\(text)</tspan>" }
}
