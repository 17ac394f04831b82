import Testing

@testable import Gatewise

/// The advice about OpenBLAS's choice of kernels, and the check of its short products.
@Suite struct OpenBLASCoreTests {
  @Test func `a core is old if the processor has newer vector instructions`() {
    for (core, processor, isOld) in [
      ("Prescott", OpenBLAS.Generation.avx2, true), ("Prescott", .avx512, true), ("Nehalem", .avx2, true),
      ("Sandybridge", .avx2, true), ("Haswell", .avx2, false), ("Zen", .avx2, false), ("haswell", .avx512, true),
      ("SkylakeX", .avx512, false), ("Cooperlake", .avx512, false), ("SkylakeX", .avx2, false),
      ("Some core of 2030", .avx512, false),
    ] {
      #expect(OpenBLAS.isOld(core: core, on: processor) == isOld, "\(core) on \(processor)")
    }
    #expect(!OpenBLAS.isOld(core: "Prescott", on: nil))
  }

  @Test func `the advice says what to set`() {
    let advice = OpenBLAS.advice(core: "Prescott", on: .avx512, fitting: ["SkylakeX", "Haswell"])
    #expect(
      advice
        == "OpenBLAS runs kernels for Prescott, which are older than this processor's AVX-512: set "
        + "OPENBLAS_CORETYPE=SkylakeX before the program starts for a faster plain path.")
    #expect(OpenBLAS.advice(core: "SkylakeX", on: .avx512, fitting: ["SkylakeX"]) == nil)
    #expect(OpenBLAS.coreIsOld == (OpenBLAS.coreAdvice != nil))
  }

  @Test func `short products are correct on this processor`() { #expect(OpenBLAS.shortProductsAreRight()) }
}
