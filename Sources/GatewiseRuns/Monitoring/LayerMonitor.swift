import Gatewise

/// Inspects a model during training: the norms of weights and gradients by layer and gate, and the share of gate
/// activations that are saturated.
///
///     let monitor = LayerMonitor(model)
///     let norms = try monitor.norms(of: gradients.parameters)   // layer0/input, layer0/forget, …
public struct LayerMonitor: Sendable {
  let parts: [ParameterPart]
  let directions: [DirectionNets]
  let cell: MemoryCell
  private let parameterCount: Int

  /// Creates a monitor for a model and all models of its configuration.
  public init<S: Scalar>(_ model: LSTM<S>) {
    parts = model.layout.parts
    directions = model.layout.directionNets
    cell = model.configuration.cell
    parameterCount = model.layout.count
  }

  /// Returns the L2 norms of the parts of a vector: of the parameters, their gradient or an update.
  ///
  /// A gate's part holds its input and recurrent weights, its weights of gate activations, its bias and its peepholes.
  /// Layer normalization, projections and initial states are parts of their layer. Sums are in double precision.
  ///
  /// - Parameter vector: P numbers in the order of the model's layout.
  /// - Returns: √Σv² of every part, in the order of the layout. The squares add up to that of the whole vector.
  /// - Throws: `GatewiseError.shapeMismatch` if the vector does not have P numbers.
  /// - Complexity: O(P).
  public func norms<S: Scalar>(of vector: [S]) throws(GatewiseError) -> [LayerFigure] {
    guard vector.count == parameterCount else {
      throw .shapeMismatch(name: "the vector", expected: [parameterCount], found: [vector.count])
    }
    return parts.map { part in
      let sum = part.places.reduce(0) { $0 + squares(vector, at: $1) }
      return LayerFigure(part.name, sum.squareRoot())
    }
  }

  // Unspecialized conversions of single numbers cost more than a training step of a small model.
  @specialized(where S == Float)
  @specialized(where S == Double)
  private func squares<S: Scalar>(_ vector: [S], at place: ParameterPart.Place) -> Double {
    vector.withUnsafeBufferPointer { vector in
      var sum = 0.0
      for row in 0..<place.rows {
        let start = place.offset + row * place.stride
        for index in start..<start + place.columns {
          let value = Double(vector[index])
          sum += value * value
        }
      }
      return sum
    }
  }
}
