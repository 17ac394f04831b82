/// What a backward pass reads and writes.
struct BackwardPass<S: Scalar> {
  /// The parameters of the forward pass.
  let parameters: ParameterVector<S>
  /// The gradient of every parameter, `[P]`, overwritten; nil if only errors are wanted.
  let gradients: VectorView<S>?
  /// Whether the error of the input is wanted, which costs a product over all steps.
  let wantsInputError: Bool
  let paths: ErrorPaths
}
