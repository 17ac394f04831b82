/// The parameters that a pass reads, `[P]`, with their version.
struct ParameterVector<S: Scalar> {
  let base: UnsafePointer<S>
  /// nil if packed copies of them are not to be reused.
  let version: ParameterVersion?

  /// The address of the parameter at a position of the layout.
  static func + (parameters: ParameterVector, offset: Int) -> UnsafePointer<S> { parameters.base + offset }
}

extension LSTM {
  /// Calls `body` with the parameters.
  func withParameters<Result>(_ body: (ParameterVector<S>) throws -> Result) rethrows -> Result {
    try parameters.withUnsafeBufferPointer { try body(ParameterVector(base: $0.baseAddress!, version: version)) }
  }
}

/// What a backward pass reads and writes.
struct BackwardPass<S: Scalar> {
  /// The parameters of the forward pass.
  let parameters: ParameterVector<S>
  /// The gradient of every parameter, `[P]`, overwritten; nil if only errors are wanted.
  let gradients: UnsafeMutablePointer<S>?
  /// Whether the error of the input is wanted, which costs a product over all steps.
  let wantsInputError: Bool
  let paths: ErrorPaths
}
