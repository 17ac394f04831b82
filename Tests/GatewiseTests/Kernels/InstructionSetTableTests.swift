import CGatewiseKernels
import Testing

@Suite struct InstructionSetTableTests {
  static let all = [GATEWISE_ISA_PORTABLE, GATEWISE_ISA_NEON, GATEWISE_ISA_AVX2, GATEWISE_ISA_AVX512]

  /// A table exists exactly if nothing is missing.
  @Test func tables() {
    for isa in Self.all {
      let supported = gatewise_isa_supported(isa)
      #expect(String(cString: gatewise_isa_missing(isa)).isEmpty == supported)
      #expect((gatewise_kernels_for_float(isa) != nil) == supported)
      #expect((gatewise_kernels_for_double(isa) != nil) == supported)
    }
    #expect(gatewise_isa_supported(GATEWISE_ISA_PORTABLE))
  }
}
