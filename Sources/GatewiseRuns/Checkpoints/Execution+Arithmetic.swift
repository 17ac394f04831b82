import Gatewise

extension Execution {
  /// A text that identifies the arithmetic on which the bits of a result depend. Stored in checkpoints.
  var arithmetic: String {
    #if arch(arm64)
      let kernels = "fused multiply-adds"
    #else
      let kernels = instructionSet == .portable ? "the portable kernels" : "fused multiply-adds"
    #endif
    return recurrentPath == .tile ? kernels : "\(kernels) behind products of OpenBLAS's core \(OpenBLAS.core)"
  }
}
