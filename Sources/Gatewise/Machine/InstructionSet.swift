internal import CGatewiseKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The instruction sets that the kernels are built for. The fastest one that the processor supports is chosen at start.
public enum InstructionSet: String, Sendable, CaseIterable {
  /// 512-bit vectors with fused multiply-add (F, BW, DQ, VL).
  case avx512
  /// 256-bit vectors with fused multiply-add.
  case avx2
  /// 128-bit vectors of 64-bit ARM.
  case neon
  /// Plain C over 128-bit vectors, for any processor; the reference for the others.
  case portable

  var isa: gatewise_isa {
    switch self {
    case .avx512: GATEWISE_ISA_AVX512
    case .avx2: GATEWISE_ISA_AVX2
    case .neon: GATEWISE_ISA_NEON
    case .portable: GATEWISE_ISA_PORTABLE
    }
  }

  /// Whether this processor supports the set.
  package var isSupported: Bool { gatewise_isa_supported(isa) }

  /// The sets that this processor supports, the fastest first.
  public static var supported: [InstructionSet] { allCases.filter(\.isSupported) }

  /// The environment variable that forces a set.
  package static let environmentVariable = "GATEWISE_ISA"

  /// Returns the current set: the one named by `GATEWISE_ISA`, otherwise the fastest supported one. Read once.
  public static func current() throws -> InstructionSet { try selection.get() }

  private static let selection: Result<InstructionSet, GatewiseError> = choose(
    getenv(environmentVariable).map { String(cString: $0) })

  /// Returns the set that a value of `GATEWISE_ISA` selects.
  static func choose(_ name: String?) -> Result<InstructionSet, GatewiseError> {
    guard let name, !name.isEmpty else { return .success(supported[0]) }
    let choice = supported.map(\.rawValue).joined(separator: ", ")
    guard let set = InstructionSet(rawValue: name) else {
      return .failure(
        .invalidArgument(
          "\(environmentVariable)=\(name) is not an instruction set; this processor supports \(choice)."))
    }
    guard set.isSupported else {
      let missing = String(cString: gatewise_isa_missing(set.isa))
      return .failure(
        .invalidArgument(
          "\(environmentVariable)=\(name) cannot run here: the processor lacks \(missing); it supports \(choice)."))
    }
    return .success(set)
  }
}
