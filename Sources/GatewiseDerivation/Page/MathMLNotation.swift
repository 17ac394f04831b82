/// Formulas as MathML, which browsers render themselves.
struct MathMLNotation: Notation {
  var times: String { "<mspace width=\"0.18em\"/>" }
  var plus: String { "<mo>+</mo>" }

  func write(number: String) -> String { "<mn>\(number)</mn>" }

  func write(_ quantity: Quantity) -> String {
    switch quantity.kind {
    case .input: place("x", quantity)
    case .output: place("y", quantity)
    case .cell: place("c", quantity)
    case .activation(let gate): place(gate.letter, quantity)
    case .netInput(let gate): place("a", over: gate.letter, quantity)
    case .inputWeight(let gate): place("W", over: gate.letter, quantity)
    case .recurrentWeight(let gate): place("R", over: gate.letter, quantity)
    case .bias(let gate): place("b", over: gate.letter, quantity)
    case .peephole(let gate): place("p", over: gate.letter, quantity)
    case .lossError: place("dy", quantity)
    case .error: place("e", quantity)
    case .outputError: place("dh", quantity)
    case .delta(let gate): place("δ", over: gate.letter, quantity)
    case .currentDelta(let gate): place("δ̂", over: gate.letter, quantity)
    case .cellEntry: place("e", over: "s", quantity)
    case .cellError: place("dc", quantity)
    case .outputByInput: derivative(write(quantity.outputAbove), write(quantity.outputBelow))
    case .cellTrace: derivative(place("c", quantity), Self.letter("w"))
    case .outputTrace: derivative(place("y", quantity), Self.letter("w"))
    case .stepGradient: derivative(Self.letter("E") + Self.argument(Step.now), Self.letter("w"))
    case .gradient: derivative(objective(quantity), Self.letter("w"))
    }
  }

  func write(slopeOf activation: Quantity) -> String {
    guard case .activation(let gate) = activation.kind else { return write(activation) }
    return place("\(gate.letter)′", activation)
  }

  func write(_ function: Expression.Function, of argument: String) -> String {
    let sign =
      switch function {
      case .logistic: Self.letter("σ")
      case .tanh: "<mi>tanh</mi>"
      case .tanhSlope: "<mi>tanh′</mi>"
      }
    return "\(sign)<mo>&#x2061;</mo>\(parenthesized(argument))"
  }

  func write(totalOver letter: String, _ body: String) -> String {
    "<munder><mo movablelimits=\"false\">∑</mo>\(Self.letter(letter))</munder>\(body)"
  }

  func write(totalOverSteps body: String) -> String { write(totalOver: "t", body) }
  func write(derivativeBy quantity: Quantity) -> String { derivative(objective(quantity), write(quantity)) }

  func parenthesized(_ text: String) -> String {
    // A single quantity needs no tall parentheses for its index.
    let isTall = text.contains("<munder>") || text.contains("<mfrac>")
    func mark(_ sign: String) -> String { "<mo\(isTall ? "" : " stretchy=\"false\"")>\(sign)</mo>" }
    return "<mrow>\(mark("("))\(text)\(mark(")"))</mrow>"
  }

  /// A letter with its accents; several letters in one element would be set upright.
  private static func letter(_ letter: String) -> String {
    let parts = letter.unicodeScalars.map { scalar in
      switch scalar {
      case "′": "<mo lspace=\"0\" rspace=\"0\">′</mo>"
      case "\u{302}": ""
      default: "<mi>\(scalar)</mi>"
      }
    }.joined()
    if letter.unicodeScalars.contains("\u{302}") {
      return "<mover accent=\"true\">\(parts)<mo stretchy=\"false\">^</mo></mover>"
    }
    return letter.unicodeScalars.count > 1 ? "<mrow>\(parts)</mrow>" : parts
  }

  private static func argument(_ step: Step) -> String {
    let number = step.offset == 0 ? "" : "<mo>\(step.offset < 0 ? "−" : "+")</mo><mn>\(step.offset.magnitude)</mn>"
    return "<mrow><mo stretchy=\"false\">(</mo><mi>t</mi>\(number)<mo stretchy=\"false\">)</mo></mrow>"
  }

  private func place(_ letter: String, over: String? = nil, _ quantity: Quantity) -> String {
    var below = quantity.layer.map { ["<mn>\($0)</mn>"] } ?? []
    for (position, index) in quantity.indices.enumerated() {
      // A semicolon separates the layer from two units.
      if !below.isEmpty { below.append("<mo>\(position == 0 && quantity.indices.count > 1 ? ";" : ",")</mo>") }
      switch index {
      case .number(let number): below.append("<mn>\(number)</mn>")
      case .variable(let variable): below.append(Self.letter(variable.name))
      }
    }
    let row = "<mrow>\(below.joined())</mrow>"
    var above = over.map { [Self.letter($0)] } ?? []
    if let block = quantity.block, quantity.isMarked {
      above += (above.isEmpty ? [] : ["<mo>,</mo>"]) + ["<mrow><mo>(</mo><mn>\(block)</mn><mo>)</mo></mrow>"]
    }
    return
      (above.isEmpty
      ? "<msub>\(Self.letter(letter))\(row)</msub>"
      : "<msubsup>\(Self.letter(letter))\(row)<mrow>\(above.joined())</mrow></msubsup>")
      + (quantity.step.map(Self.argument) ?? "")
  }

  /// E, or the E of a block of truncated BPTT.
  private func objective(_ quantity: Quantity) -> String {
    quantity.block.map { "<msub>\(Self.letter("E"))<mn>\($0)</mn></msub>" } ?? Self.letter("E")
  }

  private func derivative(_ above: String, _ below: String) -> String {
    "<mfrac><mrow><mo>∂</mo>\(above)</mrow><mrow><mo>∂</mo>\(below)</mrow></mfrac>"
  }
}
