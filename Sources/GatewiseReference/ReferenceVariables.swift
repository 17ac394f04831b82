/// Everything the objective can be differentiated by, in four parts. A gradient and a direction have the same form.
public struct ReferenceVariables: Sendable, Equatable {
  /// The flat parameter vector, in the order of `ReferenceShape.tensors`.
  public var parameters: [Double]
  /// The input, [T, N, I]. What stands on padding is never read.
  public var input: [Double]
  /// The initial h of each layer, [N, H]; no arrays at all where the initial state is learned.
  public var h0: [[Double]]
  /// The initial c of each layer, [N, H]; no arrays at all where the initial state is learned.
  public var c0: [[Double]]

  /// Variables from their parts.
  public init(parameters: [Double], input: [Double], h0: [[Double]], c0: [[Double]]) {
    self.parameters = parameters
    self.input = input
    self.h0 = h0
    self.c0 = c0
  }

  /// Σ of the products of corresponding entries: of a gradient and a direction, the derivative along the direction.
  /// Both must have the same sizes (precondition).
  public func dot(_ other: ReferenceVariables) -> Double {
    let (a, b) = (joined, other.joined)
    precondition(a.count == b.count, "the variables have \(a.count) and \(b.count) entries")
    return zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// parameters, input, h0 of every layer, c0 of every layer, one after the other.
  var joined: [Double] {
    parameters + input + h0.joined() + c0.joined()
  }
}

/// One entry of `ReferenceVariables`, by its flat index in the array it lies in.
public enum ReferenceVariable: Sendable, Hashable {
  /// An entry of the flat parameter vector.
  case parameter(Int)
  /// An entry of the input [T, N, I].
  case input(Int)
  /// An entry of a layer's initial h [N, H].
  case h0(layer: Int, Int)
  /// An entry of a layer's initial c [N, H].
  case c0(layer: Int, Int)
}

/// Where each variable lies in the joined vector, and what it can change.
struct VariablePlaces: Sendable {
  /// A run of entries in the joined vector: the layer that reads them and, where each belongs to one sequence, their
  /// arrangement [.., N, width].
  struct Segment: Sendable {
    let range: Range<Int>
    let layer: Int
    let width: Int?
  }

  let batchSize: Int
  let parameters: Segment
  let tensors: [Segment]
  let input: Segment
  let h0: [Segment]
  let c0: [Segment]
  let count: Int

  init(shape: ReferenceShape, steps: Int, batchSize: Int) {
    var end = shape.parameterCount
    func segment(layer: Int, rows: Int, width: Int) -> Segment {
      defer { end += rows * width }
      return Segment(range: end..<(end + rows * width), layer: layer, width: width)
    }
    self.batchSize = batchSize
    parameters = Segment(range: 0..<end, layer: 0, width: nil)
    tensors = shape.tensors.map { Segment(range: $0.range, layer: $0.layer, width: nil) }
    input = segment(layer: 0, rows: steps * batchSize, width: shape.inputSize)
    let given = shape.learnsInitialState ? [] : Array(shape.hiddenSizes.enumerated())
    h0 = given.map { segment(layer: $0.offset, rows: batchSize, width: $0.element) }
    c0 = given.map { segment(layer: $0.offset, rows: batchSize, width: $0.element) }
    count = end
  }

  /// The place of one variable. It must exist (precondition).
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
    }
  }

  /// The lowest layer that the entry at `index` can change, and the sequences it can change: one for an input or a
  /// given initial state, all for a parameter.
  func reach(of index: Int) -> (lowestLayer: Int, sequences: Range<Int>) {
    let segment = (tensors + [input] + h0 + c0).first { $0.range.contains(index) }!
    guard let width = segment.width else { return (segment.layer, 0..<batchSize) }
    let sequence = (index - segment.range.lowerBound) / width % batchSize
    return (segment.layer, sequence..<(sequence + 1))
  }

  /// The four parts of a joined vector.
  func split(_ joined: [Double]) -> ReferenceVariables {
    func part(_ segment: Segment) -> [Double] { Array(joined[segment.range]) }
    return ReferenceVariables(
      parameters: part(parameters), input: part(input), h0: h0.map(part), c0: c0.map(part))
  }
}
