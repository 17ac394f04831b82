import Gatewise

/// An input of a node that accepts only some kinds of values, with the advice of its error.
enum ReadPlace {
  /// X of an LSTM node.
  case input
  /// W, R, B or P of an LSTM node.
  case weights(String)
  /// sequence_lens of an LSTM node.
  case lengths
  /// initial_h or initial_c of an LSTM node.
  case state(String)
  /// Axes, starts and the like, which control the node.
  case settings(String)

  /// The name in the operator's specification.
  var name: String {
    switch self {
    case .input: "input X"
    case .weights(let letter): letter
    case .lengths: "sequence_lens"
    case .state(let name), .settings(let name): name
    }
  }

  /// The accepted values, and how to export the model.
  var advice: String {
    switch self {
    case .input:
      "but a layer reads the graph's input, an embedding of it, or the whole output of the layer before; export the"
        + " model without the nodes in between"
    case .weights: "but weights must be numbers in the file; export the model with its weights as initializers"
    case .lengths:
      "but the lengths of the sequences must be an input of the graph (int32 [N]); export them as one, or without if"
        + " all sequences have the same length"
    case .state:
      "but an initial state must be zeros, numbers in the file, or an input of the graph [L·D, N, H]; export every"
        + " stack of LSTMs separately, with its states as inputs"
    case .settings: "but integers in the file are expected; export the model with them as constants"
    }
  }
}

// Errors about values that a node needs but the reader does not support.

extension GraphReader {
  /// Returns the error for an unsupported value of the node's input with the index `number`.
  func unreadable(_ place: ReadPlace, _ value: Value<S>, _ number: Int, of node: Node) -> GatewiseError {
    if case .unknown(let source) = value {
      return node.problem("needs the output of \(source), which Gatewise does not support; export the model without it")
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
    case .joined(let parts, _): return "\(parts.count) concatenated arrays"
    case .unknown(let source): return "the output of \(source)"
    }
  }

  private func description(of signal: Signal) -> String {
    let whole =
      switch signal.base {
      case .input(let name, false): "the graph's input \(quoted(name))"
      case .input(let name, true): "the integers of the graph's input \(quoted(name))"
      case .embedding(let index): "the embedding of the graph's input \(quoted(tables[index].inputName))"
      case .output(let index): "the output of \(graph.layers[index].name)"
      case .finalHidden(let index): "the final state Y_h of \(graph.layers[index].name)"
      case .finalCell(let index): "the final state Y_c of \(graph.layers[index].name)"
      case .affine(let index): "the output of the linear layer \(affines[index].name)"
      case .function(let index): "the \(functions[index].kind.rawValue) of another value"
      }
    let part = signal.picks.isEmpty ? whole : "a part, taken by a slice, of \(whole)"
    if case .input = signal.base, signal.rank == 0 { return "\(part), whose shape the file does not give" }
    return part + (signal.rank == 3 || signal.layer == nil && signal.rank < 2 ? "" : " with \(signal.rank) axes")
  }
}
