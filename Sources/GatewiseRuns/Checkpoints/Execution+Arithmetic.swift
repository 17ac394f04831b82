import Gatewise

extension Execution {
  /// What the bits of a result depend on, in words.
  var arithmetic: String {
    #if arch(arm64)
      let kernels = "fused multiply-adds"
    #else
      let kernels = instructionSet == .portable ? "the portable kernels" : "fused multiply-adds"
    #endif
    return recurrentPath == .tile ? kernels : "\(kernels) behind products of OpenBLAS's core \(OpenBLAS.core)"
  }
}
