/// The kernels of one instruction set: the C table of `CGatewiseKernels` as Swift closures.
///
/// An engine takes its table when it is made and keeps it.
public struct Kernels<S: Scalar>: Sendable {
  /// The instruction set these kernels use.
  public let instructionSet: InstructionSet
  /// Activations, c and h of one step from its pre-activations (Equations, Forward).
  let forwardStep: @Sendable (ForwardStep<S>) -> Void
  /// The gate deltas of one step and the cell error for the previous step (Equations, Backward).
  let backwardStep: @Sendable (BackwardStep<S>) -> Void
  /// The products of a layer with weights packed for them.
  let packed: PackedKernels<S>
  /// (count, x, y): y = σ(x).
  let sigmoid: @Sendable (Int, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void
  /// (count, x, y): y = tanh(x).
  let tanh: @Sendable (Int, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void
  /// (count, x, y): y = softmax(x); returns the logarithm of the sum of exponentials.
  let softmax: @Sendable (Int, UnsafePointer<S>, UnsafeMutablePointer<S>) -> S
  /// (count, x, y): y += x.
  let add: @Sendable (Int, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void
  /// (count, a, b, y): y += a ∘ b.
  let multiplyAdd: @Sendable (Int, UnsafePointer<S>, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void
}

// In an extension, so that the struct keeps its memberwise initializer.
extension Kernels {
  /// Returns the kernels of the current instruction set: the one named by `GATEWISE_ISA`, otherwise the fastest.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if `GATEWISE_ISA` names an unknown or unsupported set.
  public static func current() throws -> Kernels { try Kernels(for: InstructionSet.current()) }

  /// Takes the kernels of one instruction set.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if the processor does not support it.
  public init(for set: InstructionSet) throws {
    guard let kernels = S._kernels(for: set) else {
      throw GatewiseError.invalidArgument(
        "The \(set.rawValue) kernels cannot run on this processor; choose one of "
          + InstructionSet.supported.map(\.rawValue).joined(separator: ", ") + ".")
    }
    self = kernels
  }
}

/// The peephole weights of a layer, `[H]` each, or none.
struct Peepholes<S: Scalar> {
  var i: UnsafePointer<S>?
  var f: UnsafePointer<S>?
  var o: UnsafePointer<S>?
}

/// Operands of one step forward; see `gatewise_forward_step_*` for shapes and aliasing.
struct ForwardStep<S: Scalar> {
  let rows: Int
  let hidden: Int
  let gates: UnsafeMutablePointer<S>?
  let cPrevious: UnsafePointer<S>
  let c: UnsafeMutablePointer<S>
  let h: UnsafeMutablePointer<S>
  let peepholes: Peepholes<S>
}

/// Operands of one step backward; see `gatewise_backward_step_*` for shapes and aliasing.
struct BackwardStep<S: Scalar> {
  let rows: Int
  let hidden: Int
  let units: Range<Int>
  let gates: UnsafePointer<S>
  let delta: UnsafeMutablePointer<S>
  let cPrevious: UnsafePointer<S>
  let c: UnsafePointer<S>
  let dh: UnsafePointer<S>
  let dc: UnsafeMutablePointer<S>
  let peepholes: Peepholes<S>
  /// The limit of the magnitude of every δ.
  var bound: S?
}
