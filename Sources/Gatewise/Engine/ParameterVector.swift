/// The parameters that a pass reads, `[P]`, with their version.
struct ParameterVector<S: Scalar> {
  let base: UnsafePointer<S>
  /// nil if packed copies of them are not to be reused.
  let version: ParameterVersion?

  /// The address of the parameter at a position of the layout.
  static func + (parameters: ParameterVector, offset: Int) -> UnsafePointer<S> { parameters.base + offset }
}
