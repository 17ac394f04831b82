import Gatewise

/// A place of a node where only some values can stand, with what a sentence says about it.
enum ReadPlace {
  /// X of an LSTM node.
  case input
  /// W, R, B or P of an LSTM node.
  case weights(String)
  /// sequence_lens of an LSTM node.
  case lengths
  /// initial_h or initial_c of an LSTM node.
  case state(String)
  /// Axes, starts and the like, which say what a node does.
  case settings(String)

  /// How the operator's specification calls it.
  var name: String {
    switch self {
    case .input: "input X"
    case .weights(let letter): letter
    case .lengths: "sequence_lens"
    case .state(let name), .settings(let name): name
    }
  }

  /// What can stand there, and what to do where something else does.
  var advice: String {
    switch self {
    case .input:
      "but a layer reads the graph's input, an embedding of it, or the whole output of the layer before; export the model"
        + " without what stands between"
    case .weights: "but weights must be numbers in the file; export the model with its weights as initializers"
    case .lengths:
      "but the steps of every sequence must be an input of the graph (int32 [N]); export them as one, or without where all"
        + " sequences have all steps"
    case .state:
      "but a layer begins with zeros, with numbers of the file, or with an input of the graph [L·D, N, H]; export every"
        + " stack of LSTMs by itself, with its states as inputs"
    case .settings: "but whole numbers of the file are expected; export the model with them as constants"
    }
  }
}

// What to say where a value that matters is not understood.

extension GraphReader {
  /// The error for a value that cannot stand in its place, the input `number` of the node.
  func unreadable(_ place: ReadPlace, _ value: Value<S>, _ number: Int, of node: Node) -> GatewiseError {
    if case .unknown(let source) = value {
      return node.problem("needs what \(source) makes, which Gatewise does not read; export the model without it")
    }
    let (name, what) = (quoted(node.input(number)), description(of: value))
    return node.problem(
      "has \(what.contains(name) ? what : "\(name), \(what),") as its \(place.name), \(place.advice)")
  }

  private func description(of value: Value<S>) -> String {
    switch value {
    case .numbers(let constant):
      return "constant numbers of the shape \(constant.stored)"
    case .extents(let extents, let isScalar):
      let numbers = extents.compactMap(\.number)
      guard numbers.count == extents.count else { return "numbers that depend on the shape of an input" }
      return "the constant \(isScalar ? "\(numbers.first ?? 0)" : "\(numbers.prefix(8))")"
    case .signal(let signal): return description(of: signal)
    case .joined(let parts, _): return "\(parts.count) arrays, one behind the other"
    case .unknown(let source): return "what \(source) makes"
    }
  }

  private func description(of signal: Signal) -> String {
    let whole =
      switch signal.base {
      case .input(let name, false): "the graph's input \(quoted(name))"
      case .input(let name, true): "the whole numbers of the graph's input \(quoted(name))"
      case .embedding(let index): "the embedding of the graph's input \(quoted(tables[index].inputName))"
      case .output(let index): "the output of \(graph.layers[index].name)"
      case .finalHidden(let index): "the final state Y_h of \(graph.layers[index].name)"
      case .finalCell(let index): "the final state Y_c of \(graph.layers[index].name)"
      case .affine(let index): "the output of the linear layer \(affines[index].name)"
      case .function(let index): "the \(functions[index].kind.rawValue) of another value"
      }
    let part = signal.picks.isEmpty ? whole : "a part, taken by a slice, of \(whole)"
    if case .input = signal.base, signal.rank == 0 { return "\(part) of a shape that the file does not give" }
    return part + (signal.rank == 3 || signal.layer == nil && signal.rank < 2 ? "" : " with \(signal.rank) axes")
  }
}
