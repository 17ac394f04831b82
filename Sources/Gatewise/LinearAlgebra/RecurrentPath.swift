#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How products are done.
public enum RecurrentPath: String, Sendable, CaseIterable {
  /// Packed weights, multiplied in register tiles, in a layer with the gate arithmetic fused behind. Every row has the
  /// same bits however the batch is split and ordered, and whatever OpenBLAS makes of the processor.
  case tile
  /// OpenBLAS for all products of layers and of what stands around them, `cblas_?gemm` at every step, `cblas_?gemv` for a single sequence, with the gate arithmetic
  /// behind: the reference.
  case plain

  /// The environment variable that chooses a path.
  public static let environmentVariable = "GATEWISE_KERNELS"

  /// The path in force: the one named by `GATEWISE_KERNELS`, else the tile. Read once.
  public static func current() throws -> RecurrentPath { try selection.get() }

  private static let selection: Result<RecurrentPath, GatewiseError> = choose(
    getenv(environmentVariable).map { String(cString: $0) })

  /// What a value of `GATEWISE_KERNELS` selects.
  static func choose(_ name: String?) -> Result<RecurrentPath, GatewiseError> {
    guard let name, !name.isEmpty else { return .success(.tile) }
    if let path = RecurrentPath(rawValue: name) { return .success(path) }
    let choice = allCases.map(\.rawValue).joined(separator: " or ")
    return .failure(.invalidArgument("\(environmentVariable)=\(name) names no path of the engine; give \(choice)."))
  }
}
