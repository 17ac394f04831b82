import Gatewise

@testable import GatewiseDerivation

/// Rules with a derivation, with and without choices for peepholes.
enum Rules {
  /// Rules that send errors back in blocks.
  static let inBlocks: [GradientRule] = [.truncatedBPTT(every: 2, depth: 3), .truncatedBPTT(every: 1, depth: 2)]

  static func all(peepholes: Bool) -> [GradientRule] {
    let paths: [PeepholePaths] = peepholes ? PeepholePaths.allCases : [.detached]
    return [.bptt(), .rtrl] + paths.map { .recurrentCut(peepholePaths: $0) as GradientRule }
      + LowerLayerPaths.allCases.flatMap { lower in
        paths.map { .truncatedRTRL(lowerLayers: lower, peepholePaths: $0) as GradientRule }
      }
  }
}

extension LSTMConfiguration {
  /// A weight of every layer, gate and kind, with its first and with its last indices.
  func weights() throws -> [Weight] {
    try (0..<layerCount).flatMap { l in
      try Gate.allCases.flatMap { gate in
        try Weight.Kind.allCases.flatMap { kind -> [Weight] in
          guard kind != .peephole || peepholes && gate != .candidate else { return [] }
          let name = "layer\(l).\(gate.rawValue).\(kind.rawValue)"
          let (m, k) = ((kind == .input ? inputSize(ofLayer: l) : hiddenSizes[l]) - 1, hiddenSizes[l] - 1)
          return [try Weight(name, in: self), try Weight(name + (kind.hasSource ? "[\(m),\(k)]" : "[\(k)]"), in: self)]
        }
      }
    }
  }
}

extension Derivation {
  /// The derivation with changed lines.
  func changing(_ change: (inout [Section]) -> Void) -> Derivation {
    var sections = Section.all(network.configuration, weight, engine.paths)
    change(&sections)
    return Derivation(of: weight, beside: engine, sections: sections, complexStep: complexStep)
  }

  /// The line of a quantity that other lines use.
  func line(_ kind: Quantity.Kind, layer: Int?) -> EvaluatedLine? {
    lines.first { $0.line.result.kind == kind && $0.line.result.layer == layer && $0.line.role != .secondForm }
  }
}

extension [Section] {
  /// Changes the line of a quantity.
  mutating func change(_ kind: Quantity.Kind, layer: Int?, _ change: (inout Line) -> Void) {
    for section in indices {
      for line in self[section].lines.indices {
        let result = self[section].lines[line].result
        if result.kind == kind, result.layer == layer { change(&self[section].lines[line]) }
      }
    }
  }
}
