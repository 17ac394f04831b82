import Gatewise

/// Looks into a model while it is trained: how large weights and gradients are, layer by layer and gate by gate, and how
/// many activations of the gates are saturated.
///
///     let monitor = LayerMonitor(model)
///     let norms = try monitor.norms(of: gradients.parameters)   // layer0/input, layer0/forget, …
public struct LayerMonitor: Sendable {
  let parts: [ParameterPart]
  let directions: [DirectionNets]
  let cell: MemoryCell
  private let parameterCount: Int

  /// A monitor of a model and of all models of its configuration.
  public init<S: Scalar>(_ model: LSTM<S>) {
    parts = model.layout.parts
    directions = model.layout.directionNets
    cell = model.configuration.cell
    parameterCount = model.layout.count
  }

  /// The L2 norms of a vector's parts: of the parameters themselves, their gradient or an update.
  ///
  /// To a gate belong its input and recurrent weights, those of gate activations, its bias and its peepholes. Norms,
  /// projections and initial states are parts of their layer. Sums are in double precision.
  ///
  /// - Parameter vector: P numbers, as the model's layout says.
  /// - Returns: √Σv² of every part, in the order of the layout. The squares of all add up to that of the whole.
  /// - Throws: `GatewiseError.shapeMismatch` where the vector has not as many numbers as the model has parameters.
  /// - Complexity: O(P)
  public func norms<S: Scalar>(of vector: [S]) throws(GatewiseError) -> [LayerFigure] {
    guard vector.count == parameterCount else {
      throw .shapeMismatch(name: "the vector", expected: [parameterCount], found: [vector.count])
    }
    return parts.map { part in
      let sum = part.places.reduce(0) { $0 + squares(vector, at: $1) }
      return LayerFigure(part.name, sum.squareRoot())
    }
  }

  // Without a body per type the conversions of single numbers cost more than a training step of a small model.
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
