/// A line with the numbers that its formula has, and the engine's for the same quantity.
public struct EvaluatedLine: Sendable {
  /// Its number in the derivation, from 1.
  public let number: Int
  /// The line.
  public let line: Line
  /// One row for each value of the letters on its left side.
  public let rows: [Row]

  /// The numbers of one unit, or one pair of units.
  public struct Row: Sendable {
    /// The units, one for each letter on the left side.
    public let units: [Int]
    /// The formula's number at steps 1 to T; a single one where the quantity has no step.
    public let numbers: [Double]
    /// The engine's numbers; nil where it does not hand them out.
    public let engine: [Double]?
  }

  /// The greatest difference from the engine relative to the greatest number of the line; nil where the engine does not
  /// hand its numbers out.
  public var difference: Double? {
    let compared = rows.filter { $0.engine != nil }
    guard !compared.isEmpty else { return nil }
    return relativeDifference(compared.flatMap(\.numbers), compared.flatMap { $0.engine! })
  }

  /// Whether no number differs from the engine's by more than the tolerance.
  public var agrees: Bool { (difference ?? 0) <= Derivation.tolerance }
}

/// A section with the numbers of its lines.
public struct EvaluatedSection: Sendable {
  /// What its lines are about.
  public let title: String
  /// The lines.
  public let lines: [EvaluatedLine]

  /// Evaluates sections one after the other, each line from the numbers of those before it.
  static func all(_ sections: [Section], _ weight: Weight, _ engine: EngineNumbers) -> [EvaluatedSection] {
    var values = engine.network.givenValues()
    // The initial state does not follow the weight.
    values[Place(.cellTrace, layer: weight.layer, [weight.to], step: 0)] = 0
    var count = 0
    return sections.map { section in
      let found = section.evaluate(into: &values)
      let lines = section.lines.enumerated().map { index, line in
        EvaluatedLine(number: count + index + 1, line: line, numbers: found[index], weight, engine)
      }
      count += lines.count
      return EvaluatedSection(title: section.title, lines: lines)
    }
  }
}

extension EvaluatedLine {
  fileprivate init(
    number: Int, line: Line, numbers: [Place: Double], _ weight: Weight, _ engine: EngineNumbers
  ) {
    (self.number, self.line) = (number, line)
    let steps: [Int?] = line.result.step == nil ? [nil] : Array(1...engine.network.steps)
    let letters = line.result.variables
    rows = Bindings.all(of: letters, step: nil).map { bindings in
      let places = steps.map { step in
        var bindings = bindings
        bindings.step = step
        return line.result.place(bindings)
      }
      let known = places.compactMap { engine.number(at: $0, of: weight) }
      return Row(
        units: letters.map { bindings.letters[$0.name]! }, numbers: places.map { numbers[$0]! },
        engine: known.count == places.count ? known : nil)
    }
  }
}

extension Section {
  /// The numbers of every line, step by step. Those of a second form are not for other lines.
  fileprivate func evaluate(into values: inout Values) -> [[Place: Double]] {
    var found = [[Place: Double]](repeating: [:], count: lines.count)
    func evaluate(_ index: Int, step: Int?) {
      let line = lines[index]
      for bindings in Bindings.all(of: line.result.variables, step: step) {
        let (place, number) = (line.result.place(bindings), line.value(values, bindings))
        found[index][place] = number
        if line.role != .secondForm { values[place] = number }
      }
    }
    let steps = Array(1...values.steps)
    for t in order == .forward ? steps : steps.reversed() {
      for index in lines.indices where lines[index].result.step != nil { evaluate(index, step: t) }
    }
    for index in lines.indices where lines[index].result.step == nil { evaluate(index, step: nil) }
    return found
  }
}
