/// A line with the values of its formula, and the engine's values of the same quantity.
public struct EvaluatedLine: Sendable {
  /// The number of the line in the derivation, from 1.
  public let number: Int
  /// The line.
  public let line: Line
  /// The steps of its values; if the quantity has no step, those that its sums run over.
  public let steps: ClosedRange<Int>
  /// One row for each value of the letters on the left side.
  public let rows: [Row]

  /// The values for one unit, or one pair of units.
  public struct Row: Sendable {
    /// The units, one for each letter on the left side.
    public let units: [Int]
    /// The formula's values at each of the line's steps, 1 to T unless the line belongs to a block; a single one if the
    /// quantity has no step.
    public let numbers: [Double]
    /// The engine's values; nil if it has none, which no line of a derivation should have.
    public let engine: [Double]?
  }

  /// The largest difference from the engine relative to the largest value of the line; nil if the engine has no values
  /// for one of the rows.
  public var difference: Double? {
    let engine = rows.compactMap(\.engine)
    guard engine.count == rows.count else { return nil }
    return relativeDifference(rows.flatMap(\.numbers), engine.flatMap { $0 })
  }

  /// Whether every value has a counterpart in the engine, and none differs by more than the tolerance.
  public var agrees: Bool { difference.map { $0 <= Derivation.tolerance } ?? false }
}

/// A section with the numbers of its lines.
public struct EvaluatedSection: Sendable {
  /// The topic of the lines.
  public let title: String
  /// An introduction, if the lines need one.
  public let intro: Prose?
  /// The lines.
  public let lines: [EvaluatedLine]

  /// Evaluates sections in order, each line from the values of earlier lines.
  static func all(_ sections: [Section], _ weight: Weight, _ engine: EngineNumbers) -> [EvaluatedSection] {
    var values = engine.network.givenValues(blocks: engine.paths.blocks)
    // The initial state does not depend on the weight.
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
  /// The values of every line, step by step. Other lines do not use those of a second form.
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
