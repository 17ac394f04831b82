/// The routes of arcs between their places, each from the place whose value the other one is computed from.
struct PictureRoutes {
  let layout: PictureLayout

  /// The line of an arc, and whether the arc's arrow is at the line's end.
  func stroke(of arc: PictureArc) -> (stroke: Stroke, isForward: Bool) {
    if arc.isBeside {
      // Traces run forward, as values do; only errors back to a recorded state have their own route.
      guard arc.from.kind != .trace, let stroke = stroke(arc.to, arc.from, isBeside: true) else {
        return (beside(arc), true)
      }
      return (stroke, false)
    }
    if let stroke = stroke(arc.from, arc.to) { return (stroke, true) }
    if let stroke = stroke(arc.to, arc.from) { return (stroke, false) }
    let (a, b) = (layout.center(arc.from), layout.center(arc.to))
    return (
      Stroke(
        from: a.moved(arc.from.reach.height, towards: b), to: b.moved(arc.to.reach.height + 1, towards: a)), true
    )
  }

  /// An arc next to another one: a bow over the straight line.
  private func beside(_ arc: PictureArc) -> Stroke {
    let (a, b) = (layout.center(arc.from), layout.center(arc.to))
    let reach = arc.from.reach
    return Stroke(
      from: a + Point(reach.width * 0.6, -reach.height), a + Point(reach.width + 40, -44),
      b + Point(-arc.to.reach.width - 40, -44),
      to: b + Point(-arc.to.reach.width * 0.6, -arc.to.reach.height - 1),
      label: .init(b.x - arc.to.reach.width - 14, b.y - 26, .end))
  }

  /// The faint line between two places of one quantity without an edge.
  func tie(from: PictureNode, to: PictureNode) -> String? { stroke(from, to)?.path }

  /// nil if values do not run from the one to the other.
  private func stroke(_ from: PictureNode, _ to: PictureNode, isBeside: Bool = false) -> Stroke? {
    let (a, b) = (layout.center(from), layout.center(to))
    // Values run to a later step or a higher layer, and only errors back.
    let isLater = (from.step ?? 0) < (to.step ?? 0)
    switch (from.kind, to.kind) {
    case (.input, .gate), (.outputReading, .gate):
      return isLater ? nil : read(a, from.reach.height, b)
    case (.output, .gate(let gate)) where isLater: return recurrent(a, b, gate, to, isBeside)
    case (.cell, .gate(let gate)) where isLater: return peephole(a, b, gate, isBeside)
    case (.cellReading, .gate(.output)):
      return Stroke(
        from: a + Point(3, 5), a + Point(8, 60), b + Point(-22, -50), to: b + Point(-9, -11),
        label: .init(b.x - 22, b.y - 56))
    case (.gate(let gate), .cell) where from.step == to.step: return intoCell(a, b, gate)
    case (.gate(let gate), .cellReading) where gate != .output: return current(a, b, gate)
    case (.cell, .cell) where isLater:
      return isBeside
        ? Stroke(from: a + Point(13, 6), to: b + Point(-14, 6), label: .init(b.x - 62, b.y + 20))
        : Stroke(from: a + Point(14, 0), to: b + Point(-15, 0), label: .init(b.x - 62, b.y - 7))
    case (.cell, .cellReading):
      return Stroke(from: a.moved(14, towards: b), to: b.moved(6, towards: a), label: .init(a.x + 22, b.y + 6, .end))
    case (.cellReading, .output):
      return Stroke(from: a.moved(5, towards: b), to: b.moved(15, towards: a), label: .init(a.x + 20, b.y + 6, .end))
    case (.gate(.output), .output) where from.step == to.step:
      return Stroke(from: a + Point(0, -14), to: b + Point(0, 15), label: .init(a.x + 6, a.y - 26, .start))
    case (.output, .outputReading):
      return Stroke(from: a + Point(0, -14), to: b + Point(0, 6), label: .init(a.x + 6, a.y - 20, .start))
    case (.outputReading, .loss):
      return Stroke(from: a + Point(0, -5), to: b + Point(0, 15), label: .init(a.x + 7, (a.y + b.y) / 2 + 8, .start))
    case (.cell, .outputReading), (.gate, .outputReading):
      return from.step == to.step ? nil : carried(a, b, past: from)
    default: return gradientStroke(from, to, a, b)
    }
  }

  /// The connections of a gate to the layer below, or to the input: a fan.
  private func read(_ a: Point, _ reach: Double, _ b: Point) -> Stroke {
    let end = b + Point(7, 13)
    return Stroke(
      from: a + Point(0, -reach), a + Point(0, -46), Point(end.x, end.y + 78), to: end,
      label: .init(end.x + 4, end.y + 18, .start))
  }

  /// y(t-1): out to the right, down between the cards, and up to the gate.
  private func recurrent(
    _ a: Point, _ b: Point, _ gate: Gate, _ to: PictureNode, _ isBeside: Bool
  ) -> Stroke {
    let order = Double([Gate.forget, .input, .candidate, .output].firstIndex(of: gate)!) + (isBeside ? 0.5 : 0)
    let column = layout.left(ofStep: to.step!) - 20 - 8 * order
    let rail = b.y + 42 + layout.room + 7 * order
    let exit = a.y - 7.5 + 5 * order
    let end = b + (isBeside ? Point(-10.5, 10.5) : Point(-7, 13))
    return Stroke(
      [Point(a.x + 14, exit), Point(column, exit), Point(column, rail), Point(end.x, rail), end],
      label: layout.room == 0
        ? .init(end.x - 4, b.y + 31, .end) : .init(b.x - 15, b.y + (isBeside ? 59 : 45), .end))
  }

  /// c(t-1), as read by the input and the forget gate.
  private func peephole(_ a: Point, _ b: Point, _ gate: Gate, _ isBeside: Bool) -> Stroke {
    let isForget = gate == .forget
    let end = b + (isForget ? Point(-15, -3) : Point(-11, -11)) + (isBeside ? Point(isForget ? 1 : -3, 6) : Point(0, 0))
    let way = end.x - a.x
    let lower = isBeside ? 8.0 : 0
    return Stroke(
      from: a + (isBeside ? Point(6, 13) : Point(11, 10)),
      Point(a.x + 0.5 * way, a.y + lower + (isForget ? 54 : 36)),
      Point(end.x - 0.4 * way, end.y + lower / 2 - (isForget ? 8 : 50)), to: end,
      label: .init(end.x - 12, end.y + (isBeside ? (isForget ? 20 : 14) : -13)))
  }

  /// A gate and the cell state after it.
  private func intoCell(_ a: Point, _ b: Point, _ gate: Gate) -> Stroke {
    let label: Stroke.Label
    switch gate {
    case .forget: label = .init((a.x + b.x) / 2 - 9, (a.y + b.y) / 2 + 4, .end)
    case .candidate: label = .init(b.x + 27, b.y + 34, .start)
    default: label = .init(a.x + 4, b.y + 54, .start)
    }
    return Stroke(from: a.moved(14, towards: b), to: b.moved(15, towards: a), label: label)
  }

  /// A gate and the error of one step alone, which does not pass through the cell state.
  private func current(_ a: Point, _ b: Point, _ gate: Gate) -> Stroke {
    switch gate {
    case .forget:
      Stroke(
        from: a + Point(13, -7), a + Point(64, -26), b + Point(-24, 60), to: b + Point(-3, 5),
        label: .init(a.x + 18, a.y - 15, .start))
    case .input:
      Stroke(
        from: a + Point(9, -11), a + Point(28, -40), b + Point(-8, 46), to: b + Point(-1, 6),
        label: .init(a.x + 17, a.y - 26, .start))
    default:
      Stroke(
        from: a + Point(3, -14), a + Point(12, -60), b + Point(8, 50), to: b + Point(2, 6),
        label: .init(b.x + 11, b.y + 78, .start))
    }
  }

  /// The error of an output through the cell state of the layer above: from its place down to the output one step
  /// earlier.
  private func carried(_ a: Point, _ b: Point, past node: PictureNode) -> Stroke {
    let column = layout.left(ofStep: node.step!) - 11
    let end = b + Point(4, 7)
    let label: Stroke.Label
    switch node.kind {
    case .gate(let gate): label = .init(column + 15, a.y + (gate == .forget ? 88 : 104), .start)
    default: label = .init(column + 18, a.y + 30, .start)
    }
    return Stroke(
      from: a.moved(15, towards: Point(column, a.y + 30)), Point(column - 20, a.y + 60), Point(end.x + 30, end.y + 40),
      to: end, label: label)
  }

  private func gradientStroke(_ from: PictureNode, _ to: PictureNode, _ a: Point, _ b: Point) -> Stroke? {
    switch (from.kind, to.kind) {
    case (.trace, .trace):
      return Stroke(from: a + Point(27, 0), to: b + Point(-28, 0), label: .init(b.x - 42, b.y - 6))
    case (.outputTrace, .trace):
      return Stroke(
        from: a + Point(27, 0), a + Point(60, 0), b + Point(-60, 22), to: b + Point(-24, 9),
        label: .init(b.x - 30, b.y + 26, .end))
    case (.trace, .stepGradient):
      return Stroke(
        from: a + Point(6, 12), a + Point(8, 30), b + Point(-52, 0), to: b + Point(-35, 0),
        label: .init(a.x + 10, b.y - 2, .end))
    case (.cellReading, .stepGradient):
      return Stroke(
        from: a + Point(0, -5), to: Point(a.x, b.y + 13), label: .init(a.x - 5, (a.y + b.y) / 2 + 8, .end))
    case (.gate, .stepGradient):
      return Stroke(
        from: a + Point(-9, -11), a + Point(-30, -60), b + Point(20, 90), to: b + Point(14, 13),
        label: .init(b.x + 22, b.y + 32, .start))
    case (.stepGradient, .gradient): return above(Point(a.x + 20, a.y - 12), b)
    case (.cellReading, .gradient): return above(Point(a.x - 3, a.y - 5), b)
    case (.trace, .gradient): return above(Point(a.x, a.y - 12), b)
    case (.gate(let gate), .blockGradient):
      // Beside an output gate the end of the row is near.
      let label = Stroke.Label(a.x + (gate == .output ? -5 : 5), b.y - 5, gate == .output ? .end : .start)
      return Stroke([a + Point(0, 14), Point(a.x, b.y), b + Point(-35, 0)], label: label)
    case (.blockGradient, .gradient):
      let rail = layout.railOfBlocks
      return Stroke(
        [a + Point(0, 12), Point(a.x, rail), Point(b.x, rail), b + Point(0, 18)],
        label: .init(a.x + 6, rail - 4, .start))
    case (.gate, .gradient): return below(a + Point(0, 14), b)
    case (.outputReading, .outputReading) where a.y > b.y:
      let column = layout.column(ofPartialAt: to)
      return Stroke(
        [Point(a.x + 6, a.y), Point(column, a.y), Point(column, b.y), Point(b.x + 6, b.y)],
        label: .init(column - 5, b.y + 25, .end))
    case (.partial, .outputReading):
      return Stroke(
        from: a + Point(-20, 12), to: b + Point(5, -4), label: .init((a.x + b.x) / 2 - 12, (a.y + b.y) / 2 + 2, .end))
    default: return nil
    }
  }

  /// To the gradient by a rail above the cards.
  private func above(_ start: Point, _ gradient: Point) -> Stroke {
    let rail = layout.top(ofLayer: layout.own) - 26
    return Stroke(
      [start, Point(start.x, rail), Point(gradient.x, rail), gradient + Point(0, -18)],
      label: .init(start.x + 5, rail + 14, .start))
  }

  /// To the gradient by a rail below the cards.
  private func below(_ start: Point, _ gradient: Point) -> Stroke {
    let rail = layout.bottom(ofLayer: layout.own) + 18
    return Stroke(
      [start, Point(start.x, rail), Point(gradient.x, rail), gradient + Point(0, 18)],
      label: .init(start.x + 5, rail - 5, .start))
  }
}
