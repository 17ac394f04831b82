/// The position of each variable in the joined vector, and the values it can change.
struct VariablePlaces: Sendable {
  /// A run of entries in the joined vector: the level that reads them and, if each belongs to one sequence, their
  /// arrangement [.., N, width].
  struct Segment: Sendable {
    let range: Range<Int>
    let level: Int
    let width: Int?
  }

  let batchSize: Int
  let parameters: Segment
  let tensors: [Segment]
  let input: Segment
  let h0: [Segment]
  let c0: [Segment]
  let g0: [Segment]
  let count: Int

  init(shape: ReferenceShape, steps: Int, batchSize: Int) {
    var end = shape.parameterCount
    func segment(level: Int, rows: Int, width: Int) -> Segment {
      defer { end += rows * width }
      return Segment(range: end..<(end + rows * width), level: level, width: width)
    }
    self.batchSize = batchSize
    parameters = Segment(range: 0..<end, level: 0, width: nil)
    tensors = shape.tensors.map { Segment(range: $0.range, level: $0.layer, width: nil) }
    input = segment(level: 0, rows: steps * batchSize, width: shape.inputSize)
    func states(_ widths: [Int]) -> [Segment] {
      (shape.learnsInitialState ? [] : widths).enumerated().map { k, width in
        segment(level: k / shape.directions, rows: batchSize, width: width)
      }
    }
    h0 = states(shape.stateSizes)
    c0 = states(shape.cellStateSizes)
    g0 = states(shape.gateSizes)
    count = end
  }

  /// Returns the position of one variable, which must exist (precondition).
  func index(of variable: ReferenceVariable) -> Int {
    func place(_ segments: [Segment], _ layer: Int, _ index: Int) -> Int {
      precondition(segments.indices.contains(layer), "\(variable): the shape has no given state for that layer")
      precondition((0..<segments[layer].range.count).contains(index), "\(variable) is out of range")
      return segments[layer].range.lowerBound + index
    }
    switch variable {
    case .parameter(let index): return place([parameters], 0, index)
    case .input(let index): return place([input], 0, index)
    case .h0(let layer, let index): return place(h0, layer, index)
    case .c0(let layer, let index): return place(c0, layer, index)
    case .g0(let layer, let index): return place(g0, layer, index)
    }
  }

  /// Returns the lowest level that the entry at `index` can change, and the sequences it can change: one for an input
  /// or a given initial state, all for a parameter.
  func reach(of index: Int) -> (lowestLevel: Int, sequences: Range<Int>) {
    let segment = (tensors + [input] + h0 + c0 + g0).first { $0.range.contains(index) }!
    guard let width = segment.width else { return (segment.level, 0..<batchSize) }
    let sequence = (index - segment.range.lowerBound) / width % batchSize
    return (segment.level, sequence..<(sequence + 1))
  }

  /// The parts of a joined vector.
  func split(_ joined: [Double]) -> ReferenceVariables {
    func part(_ segment: Segment) -> [Double] { Array(joined[segment.range]) }
    return ReferenceVariables(
      parameters: part(parameters), input: part(input), h0: h0.map(part), c0: c0.map(part), g0: g0.map(part))
  }
}
