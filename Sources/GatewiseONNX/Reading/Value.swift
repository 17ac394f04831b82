import Gatewise

/// The known part of a value of the graph, without the numbers of the input.
enum Value<S: Scalar> {
  /// Weights and other numbers that do not depend on the input.
  case numbers(Constant<S>)
  /// A shape, axes or indices, or truth values about them (1 and 0); a single number if `isScalar`.
  case extents([Extent], isScalar: Bool)
  /// A signal that runs through the layers.
  case signal(Signal)
  /// Several signals concatenated along an axis: the states of all layers.
  case joined([Signal], axis: Int)
  /// The output of the named node, which is none of these; an error only if it is needed.
  case unknown(String)
}

/// A part of a layer's input or output, with the meaning of every axis.
struct Signal: Equatable {
  /// The whole that it is a part of.
  enum Base: Equatable {
    /// An input of the graph; of integers or not.
    case input(String, isInteger: Bool)
    /// Rows of a table, by index.
    case embedding(Int)
    /// Y of a layer.
    case output(Int)
    /// Y_h of a layer.
    case finalHidden(Int)
    /// Y_c of a layer.
    case finalCell(Int)
    /// An affine map, by index.
    case affine(Int)
    /// A function of an affine map or of a layer's output, by index.
    case function(Int)
  }

  /// The selected elements of an atom.
  struct Pick: Equatable {
    /// -1 is the last of an unknown number.
    var first: Int
    var count: Int
    /// The number of elements before the selection, if known.
    var total: Int?

    var isFirst: Bool { first == 0 && count == 1 }
    var isLast: Bool { count == 1 && (first == -1 || first + 1 == total) }
  }

  var base: Base
  var axes: Axes
  /// By the atom's number; atoms that are missing here are whole.
  var picks: [Int: Pick] = [:]

  var rank: Int { axes.count }
}

/// Numbers whose stored axes of extent 1 may stand for more elements: an expanded constant takes no memory.
struct Constant<S: Scalar> {
  /// The extents in the graph.
  var extents: [Extent]
  /// The stored extents: the same, or 1.
  var stored: [Int]
  /// The numbers, or their source.
  var source: Source

  enum Source {
    case tensor(ONNXTensor)
    case elements([S])
  }

  init(_ tensor: ONNXTensor) {
    stored = tensor.shape
    extents = stored.map { Extent($0) }
    source = .tensor(tensor)
  }

  init(shape: [Int], elements: [S]) {
    stored = shape
    extents = shape.map { Extent($0) }
    source = .elements(elements)
  }

  /// Whether every element is stored.
  var isWhole: Bool { extents == stored.map { Extent($0) } }

  /// The numbers in their stored form.
  func elements() throws(GatewiseError) -> [S] {
    switch source {
    case .tensor(let tensor): try tensor.elements(as: S.self)
    case .elements(let elements): elements
    }
  }
}
