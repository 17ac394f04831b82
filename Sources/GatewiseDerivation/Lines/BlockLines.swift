/// The lines of truncated BPTT: those of full BPTT for each block separately, the errors that a block does not send
/// back, and the sum.
struct BlockLines {
  private let block: ErrorBlock

  /// Creates the sections of a rule that sends errors back in blocks, from those of full BPTT.
  static func sections(_ sections: [Section], _ blocks: [ErrorBlock]) -> [Section] {
    let (gradient, backward) = (sections.last!, sections.filter { $0.order == .backward })
    let partials = backward.flatMap(\.lines).filter { !$0.result.kind.isOfBlock }
    let errors = backward.map { section in
      var section = section
      section.lines.removeAll { !$0.result.kind.isOfBlock }
      return section
    }
    let shared = Section(
      title: "The derivatives between the layers' outputs", intro: "These derivatives are the same in all blocks.",
      order: .forward, lines: partials)
    var all = sections.dropLast().filter { $0.order == .forward }
    if !partials.isEmpty { all.append(shared) }
    for block in blocks { all += BlockLines(block: block).sections(errors: errors, gradient: gradient) }
    return all + [sum(blocks)]
  }

  /// The errors that one block sends back, those that it does not, and its contribution to the gradient.
  private func sections(errors: [Section], gradient: Section) -> [Section] {
    var sections = errors.map { inBlock($0) }
    sections[0].intro = block.words
    if block.isCut { sections.append(recorded(sections)) }
    var added = inBlock(gradient)
    for line in added.lines.indices {
      added.lines[line].words = """
        The contribution of block \(block.number) to the gradient: the error of the weight's pre-activation times the \
        weight's input, over \(ErrorBlock.list(block.steps)).
        """
    }
    return sections + [added]
  }

  private func inBlock(_ section: Section) -> Section {
    Section(
      title: "Block \(block.number). \(section.title)", intro: section.intro, order: section.order, steps: block.steps,
      lines: section.lines.map { inBlock($0) })
  }

  private func inBlock(_ line: Line) -> Line {
    var line = line
    func change(_ quantity: Quantity) -> Quantity { quantity.inBlock(block.number) }
    (line.result, line.partial) = (change(line.result), line.partial.map { $0.marked(block.number) })
    for term in line.terms.indices { line.terms[term].expression = line.terms[term].expression.mapping(change) }
    line.words = line.words.mapping(change)
    line.inStack = line.inStack.mapping(change)
    line.aroundCell = line.aroundCell?.mapping(change)
    let asksLoss = line.terms.contains { $0.expression.quantities.contains { $0.kind == .lossError } }
    if asksLoss, block.errors.lowerBound > block.steps.lowerBound {
      line.words =
        line.words + " The errors before step \(block.errors.lowerBound) belong to earlier blocks: zero here."
    }
    return line
  }

  /// The paths from the block's first step to the state before it, all of which are cut.
  private func recorded(_ sections: [Section]) -> Section {
    let lines = sections.flatMap(\.lines).filter { [.outputError, .cellError].contains($0.result.kind) }
    return Section(
      title: "Block \(block.number). The state of step \(block.stepBefore), before the block",
      intro: """
        In these lines t is \(block.stepBefore). Full BPTT would continue with them; here all their paths are cut.
        """,
      order: .backward, steps: block.stepBefore...block.stepBefore,
      lines: lines.map { line in
        var line = line
        line.terms = line.terms.filter(\.readsNextStep).map { .init($0.path, $0.expression, cut: .recordedState) }
        line.words = """
          The error that would go further back than \
          \(block.steps.count == 1 ? "one step" : "\(block.steps.count) steps"). The forward pass computed this state, \
          and the block treats it as given.
          """
        line.inStack = "Nothing: the states of all layers are recorded at the same step."
        line.aroundCell = nil
        line.source = .blocks
        line.role = .aside
        return line
      })
  }

  private static func sum(_ blocks: [ErrorBlock]) -> Section {
    let line = Line(
      result: Quantity(.gradient),
      terms: blocks.map { block in
        .init("the errors of \(ErrorBlock.list(block.errors))", Quantity(.gradient, block: block.number))
      },
      words: "The gradient of the weight: the sum over the blocks, each the exact gradient of its own E.",
      inStack: "Nothing.", source: .blocks)
    return Section(title: "The gradient", order: .forward, lines: [line])
  }
}

extension Quantity {
  /// The same of a block, if the quantity is an error or contains errors.
  func inBlock(_ block: Int) -> Quantity { kind.isOfBlock ? marked(block) : self }

  /// The same with a block's number; for a derivative of E, that of the block's E.
  fileprivate func marked(_ block: Int) -> Quantity { Quantity(kind, layer: layer, indices, step, block: block) }
}

extension Line.Term {
  /// Whether the term comes from a later step.
  fileprivate var readsNextStep: Bool { expression.quantities.contains { $0.step == .after } }
}

extension Source {
  fileprivate static let blocks = Source(paper: "Williams & Peng 1990", book: "Gradient rules, Truncated BPTT")
}
