/// Memory for the packed right factors of the products that no kernel of a step makes: the readout, an embedding, and
/// the layers without fused kernels.
///
/// Where parameters stay as they are, every matrix has panels of its own and is packed once. In training they change at
/// every step, and matrices that are never needed at once share panels.
final class FactorPanels<S: Scalar> {
  /// What a factor is for. Those of different kinds may be needed at once.
  enum Kind: Int {
    /// One product over all steps, or the recurrent one at every step.
    case whole
    /// U, of the gates' activations.
    case gateRecurrence
    /// Q.
    case projection
  }

  private let isShared: Bool
  private var panels: [Int: WeightPanels<S>] = [:]

  /// - Parameter isShared: whether matrices of a kind share panels.
  init(isShared: Bool) { self.isShared = isShared }

  /// The panels for the matrix that begins at `place` among the parameters, and what they then hold.
  func panels(
    _ kind: Kind, place: Int, version: ParameterVersion?
  ) -> (panels: WeightPanels<S>, content: WeightPanels<S>.Content?) {
    let key = isShared ? kind.rawValue : place
    let found: WeightPanels<S>
    if let there = panels[key] {
      found = there
    } else {
      found = WeightPanels()
      panels[key] = found
    }
    return (
      found, isShared ? nil : version.map { WeightPanels.Content(place: place, version: $0, inputs: 0) }
    )
  }
}

extension Workspace {
  /// A matrix of weights as the right factor of products on this workspace's path.
  ///
  /// - Parameters:
  ///   - weights: `[depth, columns]`, or `[columns, depth]` where `isTransposed`.
  ///   - place: where they begin among the parameters.
  ///   - version: that of the parameters; nil if they are not to be looked for again.
  func factor(
    _ weights: UnsafePointer<S>, depth: Int, columns: Int, isTransposed: Bool = false,
    as kind: FactorPanels<S>.Kind = .whole, place: Int = 0, version: ParameterVersion? = nil
  ) -> RightFactor<S> {
    let matrix = MatrixView(
      reading: weights, rows: isTransposed ? columns : depth, columns: isTransposed ? depth : columns)
    guard execution.recurrentPath == .tile else { return RightFactor(matrix, isTransposed: isTransposed) }
    let (panels, content) = factorPanels.panels(kind, place: place, version: version)
    return panels.pack(
      matrix, isTransposed: isTransposed, as: content, kernels: kernels.packed, team: execution.team)
  }

  /// Rows, or the tokens that stand for them, beside the weights that they are multiplied by.
  ///
  /// - Parameters:
  ///   - rows: `[rows, inputs]`, not read where there are tokens.
  ///   - place: where the weights `[inputs, outputs]` begin among the parameters.
  func affineInput(
    _ rows: UnsafePointer<S>, tokens: UnsafePointer<Int32>?, inputs: Int, outputs: Int, place: Int,
    parameters: UnsafePointer<S>, version: ParameterVersion?
  ) -> AffineProduct<S>.Input {
    if let tokens { return .tokens(tokens, parameters + place) }
    return .dense(rows, factor(parameters + place, depth: inputs, columns: outputs, place: place, version: version))
  }
}
