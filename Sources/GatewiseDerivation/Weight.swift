import Gatewise

/// One weight of a network, by the name that commands take: `layer0.forget.recurrent[1,0]`.
public struct Weight: Hashable, Sendable, CustomStringConvertible {
  /// The layer, the lowest is 0.
  public let layer: Int
  /// The gate to which it belongs.
  public let gate: Gate
  /// The kind of its input.
  public let kind: Kind
  /// m: the source unit, or input; nil for a bias and a peephole.
  public let from: Int?
  /// k: the target unit.
  public let to: Int

  /// The input of a weight.
  public enum Kind: String, CaseIterable, Sendable {
    /// x(t), or the output of the layer below at the same step
    case input
    /// y(t-1) of the same layer
    case recurrent
    /// 1
    case bias
    /// c(t-1) of the same unit, for the output gate c(t)
    case peephole

    /// Whether it has two indices, [m,k], instead of only [k].
    var hasSource: Bool { self == .input || self == .recurrent }
  }

  /// The name.
  public var description: String {
    "layer\(layer).\(gate.rawValue).\(kind.rawValue)[\(from.map { "\($0)," } ?? "")\(to)]"
  }

  init(layer: Int, gate: Gate, kind: Kind, from: Int?, to: Int) {
    (self.layer, self.gate, self.kind, self.from, self.to) = (layer, gate, kind, from, to)
  }

  /// Creates a weight from its name; without indices it is the first.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if the configuration has no such weight, naming those it has.
  public init(_ name: String, in configuration: LSTMConfiguration) throws(GatewiseError) {
    let parts = name.split(separator: "[", maxSplits: 1, omittingEmptySubsequences: false)
    let words = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 3, words[0].hasPrefix("layer"), let layer = Int(words[0].dropFirst(5)),
      let gate = Gate(rawValue: words[1]), let kind = Kind(rawValue: words[2])
    else {
      throw .invalidArgument(
        "\"\(name)\" names no weight; a name is layerL.GATE.KIND[m,k], GATE is input, forget, candidate or output and "
          + "KIND is input, recurrent, bias or peephole; for example layer0.forget.recurrent[1,0].")
    }
    guard (0..<configuration.layerCount).contains(layer) else {
      throw .invalidArgument(
        "\(name): there is no layer \(layer); it must be \(Self.list(configuration.layerCount)).")
    }
    if kind == .peephole { try Self.requirePeephole(name, gate, configuration) }
    let indices = parts.count == 1 ? nil : try Self.indices(name, parts[1], kind)
    (self.layer, self.gate, self.kind) = (layer, gate, kind)
    let sources = kind == .input ? configuration.inputSize(ofLayer: layer) : configuration.hiddenSizes[layer]
    from = kind.hasSource ? try Self.require(name, indices?.first ?? 0, below: sources, "m") : nil
    to = try Self.require(name, indices?.last ?? 0, below: configuration.hiddenSizes[layer], "k")
  }

  private static func requirePeephole(
    _ name: String, _ gate: Gate, _ configuration: LSTMConfiguration
  ) throws(GatewiseError) {
    guard gate != .candidate else {
      throw .invalidArgument("\(name): the candidate has no peephole; only the input, forget and output gate have one.")
    }
    guard configuration.peepholes else {
      throw .invalidArgument("\(name): the network has no peepholes; add --peepholes, or choose another weight.")
    }
  }

  private static func indices(_ name: String, _ text: Substring, _ kind: Kind) throws(GatewiseError) -> [Int] {
    let expected = kind.hasSource ? ["m", "k"] : ["k"]
    let numbers = text.dropLast().split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard text.last == "]", numbers.count == expected.count, !numbers.contains(nil) else {
      throw .invalidArgument(
        "\(name): the indices of a weight of kind \(kind.rawValue) are [\(expected.joined(separator: ","))], but "
          + "[\(text) was found; give integers, or none for the first weight.")
    }
    return numbers.compactMap { $0 }
  }

  private static func require(
    _ name: String, _ index: Int, below count: Int, _ letter: String
  ) throws(GatewiseError) -> Int {
    guard (0..<count).contains(index) else {
      throw .invalidArgument("\(name): \(letter) must be \(list(count)), but is \(index).")
    }
    return index
  }

  private static func list(_ count: Int) -> String { count == 1 ? "0" : "0 to \(count - 1)" }
}

extension LSTMConfiguration {
  /// All weights of a layer.
  func weights(ofLayer layer: Int) -> [Weight] {
    let units = 0..<hiddenSizes[layer]
    return Gate.allCases.flatMap { gate in
      Weight.Kind.allCases.flatMap { kind -> [Weight] in
        switch kind {
        case .peephole where !peepholes || gate.peepholeRow == nil: []
        case .bias, .peephole: units.map { Weight(layer: layer, gate: gate, kind: kind, from: nil, to: $0) }
        case .input, .recurrent:
          (0..<(kind == .input ? inputSize(ofLayer: layer) : units.count)).flatMap { from in
            units.map { Weight(layer: layer, gate: gate, kind: kind, from: from, to: $0) }
          }
        }
      }
    }
  }
}

extension Weight {
  /// The index in the flat parameter vector of a layout that has the weight (precondition).
  func offset(in layout: ParameterLayout) -> Int {
    let role: ParameterLayout.Role =
      switch kind {
      case .input: .inputWeights
      case .recurrent: .recurrentWeights
      case .bias: .bias
      case .peephole: .peepholes
      }
    let entry = layout.entries.first { $0.role == role && $0.layer == layer }!
    let width = entry.shape.last!
    switch kind {
    case .peephole: return entry.offset + gate.peepholeRow! * width + to
    case .input, .recurrent, .bias:
      return entry.offset + (from ?? 0) * width + gate.block * (width / 4) + to
    }
  }

  /// Its letter in formulas.
  var quantity: Quantity {
    let unit = Index.number(to)
    return switch kind {
    case .input: Quantity(.inputWeight(gate), layer: layer, [.number(from!), unit])
    case .recurrent: Quantity(.recurrentWeight(gate), layer: layer, [.number(from!), unit])
    case .bias: Quantity(.bias(gate), layer: layer, [unit])
    case .peephole: Quantity(.peephole(gate), layer: layer, [unit])
    }
  }

  /// u: the input of the weight at step t.
  var factor: Expression {
    switch kind {
    case .input:
      layer == 0
        ? .quantity(Quantity(.input, [.number(from!)], .now))
        : .quantity(Quantity(.output, layer: layer - 1, [.number(from!)], .now))
    case .recurrent: .quantity(Quantity(.output, layer: layer, [.number(from!)], .before))
    case .bias: .constant(1)
    case .peephole: .quantity(Quantity(.cell, layer: layer, [.number(to)], gate == .output ? .now : .before))
    }
  }
}
