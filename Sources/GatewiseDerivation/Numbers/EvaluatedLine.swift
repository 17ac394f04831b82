/// A line with the numbers that its formula has, and the engine's for the same quantity.
public struct EvaluatedLine: Sendable {
  /// Its number in the derivation, from 1.
  public let number: Int
  /// The line.
  public let line: Line
  /// The steps that it has numbers of; where the quantity has no step, those that its sums run over.
  public let steps: ClosedRange<Int>
  /// One row for each value of the letters on its left side.
  public let rows: [Row]

  /// The numbers of one unit, or one pair of units.
  public struct Row: Sendable {
    /// The units, one for each letter on the left side.
    public let units: [Int]
    /// The formula's number at each of the line's steps, 1 to T unless it is of a block; a single one where the quantity
    /// has no step.
    public let numbers: [Double]
    /// The engine's numbers; nil where it has none, which no line of a derivation is meant to be.
    public let engine: [Double]?
  }

  /// The greatest difference from the engine relative to the greatest number of the line; nil where the engine has no
  /// number for one of the rows.
  public var difference: Double? {
    let engine = rows.compactMap(\.engine)
    guard engine.count == rows.count else { return nil }
    return relativeDifference(rows.flatMap(\.numbers), engine.flatMap { $0 })
  }

  /// Whether every number has one of the engine's beside it, and none differs by more than the tolerance.
  public var agrees: Bool { difference.map { $0 <= Derivation.tolerance } ?? false }
}

/// A section with the numbers of its lines.
public struct EvaluatedSection: Sendable {
  /// What its lines are about.
  public let title: String
  /// What stands before the lines, where they need it.
  public let intro: Prose?
  /// The lines.
  public let lines: [EvaluatedLine]

  /// Evaluates sections one after the other, each line from the numbers of those before it.
  static func all(_ sections: [Section], _ weight: Weight, _ engine: EngineNumbers) -> [EvaluatedSection] {
    var values = engine.network.givenValues(blocks: engine.paths.blocks)
    // The initial state does not follow the weight.
    values[Place(.cellTrace, layer: weight.layer, [weight.to], step: 0)] = 0
    var count = 0
    return sections.map { section in
      let found = section.evaluate(into: &values)
      let lines = section.lines.enumerated().map { index, line in
        EvaluatedLine(
          number: count + index + 1, line: line, steps: section.steps ?? 1...engine.network.steps,
          numbers: found[index], weight, engine)
      }
      count += lines.count
      return EvaluatedSection(title: section.title, intro: section.intro, lines: lines)
    }
  }
}

extension EvaluatedLine {
  fileprivate init(
    number: Int, line: Line, steps: ClosedRange<Int>, numbers: [Place: Double], _ weight: Weight,
    _ engine: EngineNumbers
  ) {
    (self.number, self.line, self.steps) = (number, line, steps)
    let columns: [Int?] = line.result.step == nil ? [nil] : Array(steps)
    let letters = line.result.variables
    rows = Bindings.all(of: letters, step: nil).map { bindings in
      let places = columns.map { step in
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
  @discardableResult
  func evaluate(into values: inout Values) -> [[Place: Double]] {
    var found = [[Place: Double]](repeating: [:], count: lines.count)
    func evaluate(_ index: Int, step: Int?) {
      let line = lines[index]
      for bindings in Bindings.all(of: line.result.variables, step: step, over: self.steps) {
        let (place, number) = (line.result.place(bindings), line.value(values, bindings))
        found[index][place] = number
        if line.role != .secondForm { values[place] = number }
      }
    }
    let steps = Array(self.steps ?? 1...values.steps)
    for t in order == .forward ? steps : steps.reversed() {
      for index in lines.indices where lines[index].result.step != nil { evaluate(index, step: t) }
    }
    for index in lines.indices where lines[index].result.step == nil { evaluate(index, step: nil) }
    return found
  }
}
