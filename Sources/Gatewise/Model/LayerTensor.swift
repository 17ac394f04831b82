/// A tensor that a component adds to the parameters of every direction of a layer.
struct LayerTensor: Sendable {
  /// An extent of the tensor.
  enum Extent: Sendable {
    /// C
    case columns
    /// H
    case cells
    /// The number of outputs of a direction.
    case outputs
  }

  /// The name without the suffix of the layer.
  let name: String
  let role: ParameterLayout.Role
  private let extents: [Extent]

  init(_ name: String, _ role: ParameterLayout.Role, _ extents: [Extent]) {
    (self.name, self.role, self.extents) = (name, role, extents)
  }

  /// Returns the shape in a layer; also in floating point, since absurd sizes would overflow integers.
  func shape<Number>(columns: Number, cells: Number, outputs: Number) -> [Number] {
    extents.map {
      switch $0 {
      case .columns: columns
      case .cells: cells
      case .outputs: outputs
      }
    }
  }
}
