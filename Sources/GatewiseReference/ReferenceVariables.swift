/// All variables of the objective, in five parts. A gradient and a direction have the same form.
public struct ReferenceVariables: Sendable, Equatable {
  /// The flat parameter vector, in the order of `ReferenceShape.tensors`.
  public var parameters: [Double]
  /// The input, [T, N, I]. Values on padding are never read.
  public var input: [Double]
  /// The initial y of each layer, [N, P]; empty if the initial state is learned.
  public var h0: [[Double]]
  /// The initial c of each layer, [N, H]; empty if the initial state is learned.
  public var c0: [[Double]]
  /// The gates' activations of each layer before the first step, [N, G]; empty without gate recurrence, or if the
  /// initial state is learned.
  public var g0: [[Double]]

  /// Creates variables from their parts.
  public init(parameters: [Double], input: [Double], h0: [[Double]], c0: [[Double]], g0: [[Double]] = []) {
    self.parameters = parameters
    self.input = input
    self.h0 = h0
    self.c0 = c0
    self.g0 = g0
  }

  /// Returns the sum of the products of corresponding entries: for a gradient and a direction, the derivative along the
  /// direction. Both must have the same sizes (precondition).
  public func dot(_ other: ReferenceVariables) -> Double {
    let (a, b) = (joined, other.joined)
    precondition(a.count == b.count, "the variables have \(a.count) and \(b.count) entries")
    return zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Parameters, input, h0 of every layer, c0 of every layer, g0 of every layer, concatenated.
  var joined: [Double] {
    parameters + input + h0.joined() + c0.joined() + g0.joined()
  }
}

/// One entry of `ReferenceVariables`, by its flat index in its array.
public enum ReferenceVariable: Sendable, Hashable {
  /// An entry of the flat parameter vector.
  case parameter(Int)
  /// An entry of the input [T, N, I].
  case input(Int)
  /// An entry of a layer's initial y [N, P].
  case h0(layer: Int, Int)
  /// An entry of a layer's initial c [N, H].
  case c0(layer: Int, Int)
  /// An entry of the gates' activations [N, G] of a layer before the first step.
  case g0(layer: Int, Int)
}
