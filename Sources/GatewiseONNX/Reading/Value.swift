import Gatewise

/// What is known of one of a graph's values, without a number of the input.
enum Value<S: Scalar> {
  /// Weights and other numbers that do not depend on the input.
  case numbers(Constant<S>)
  /// A shape, axes or indices, or truths about them (1 and 0); a single number where `isScalar`.
  case extents([Extent], isScalar: Bool)
  /// What flows through the layers.
  case signal(Signal)
  /// Several signals one behind the other along an axis: the states of all layers.
  case joined([Signal], axis: Int)
  /// What the named node makes is nothing of these; an error only where it is needed.
  case unknown(String)
}

/// A part of a layer's input or output, with the meaning of every axis.
struct Signal: Equatable {
  /// What it is a part of.
  enum Base: Equatable {
    /// An input of the graph; of whole numbers or not.
    case input(String, isInteger: Bool)
    /// Rows of a table, by its number.
    case embedding(Int)
    /// Y of a layer.
    case output(Int)
    /// Y_h of a layer.
    case finalHidden(Int)
    /// Y_c of a layer.
    case finalCell(Int)
    /// An affine map, by its number.
    case affine(Int)
    /// A function of an affine map or of a layer's output, by the number of what it is applied to.
    case function(Int)
  }

  /// Which elements of an atom are left.
  struct Pick: Equatable {
    /// -1 is the last of an unknown number.
    var first: Int
    var count: Int
    /// All that there were, where that is known.
    var total: Int?

    var isFirst: Bool { first == 0 && count == 1 }
    var isLast: Bool { count == 1 && (first == -1 || first + 1 == total) }
  }

  var base: Base
  var axes: Axes
  /// By the atom's number; atoms that are not here are whole.
  var picks: [Int: Pick] = [:]

  var rank: Int { axes.count }
}

/// Numbers whose axes of stored extent 1 may stand for more elements: an expanded constant takes no memory.
struct Constant<S: Scalar> {
  /// The extents that the graph sees.
  var extents: [Extent]
  /// The extents of what is stored: the same, or 1.
  var stored: [Int]
  /// The numbers, or where they come from.
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

  /// The numbers as they are stored.
  func elements() throws(GatewiseError) -> [S] {
    switch source {
    case .tensor(let tensor): try tensor.elements(as: S.self)
    case .elements(let elements): elements
    }
  }
}
