/// A way to differentiate: which paths through time and layers an error takes. A rule is a value that one passes in.
///
/// A rule takes the model and a pass over a window, never a trainer. Each says what it costs, what it keeps, when to use
/// it and where it comes from.
public protocol GradientRule: Sendable {
  /// Sends the error of the loaded window back. Called by the engine after a forward pass.
  func _backward<S: Scalar>(
    _ workspace: Workspace<S>, parameters: UnsafePointer<S>, gradients: UnsafeMutablePointer<S>, wantsInputError: Bool)
}

/// Backpropagation through time: the exact gradient of the whole window.
///
/// Cost: twice the products of the forward pass. Memory: T·N·(I + 6H) a layer. Use it wherever the window fits the
/// memory. Source: Werbos 1990; for the LSTM with all its paths, Graves & Schmidhuber 2005.
/// Equations: the section Backward of the book's article.
public struct BPTT: GradientRule, Equatable {
  /// The rule; it has no settings.
  public init() {}

  /// Sends the error of the loaded window back through every step.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func _backward<S: Scalar>(
    _ workspace: Workspace<S>, parameters: UnsafePointer<S>, gradients: UnsafeMutablePointer<S>, wantsInputError: Bool
  ) {
    workspace.backward(parameters: parameters, gradients: gradients, wantsInputError: wantsInputError)
  }
}
