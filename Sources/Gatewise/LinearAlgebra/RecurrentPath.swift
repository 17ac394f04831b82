#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The implementation of the engine's matrix products.
public enum RecurrentPath: String, Sendable, CaseIterable {
  /// Packed weights, multiplied in register tiles; in a layer the gate arithmetic is fused with the products. Every row
  /// has the same bits however the batch is split and ordered, and whichever processor OpenBLAS detects.
  case tile
  /// OpenBLAS for all products of layers, embedding, readout and the like: `cblas_?gemm` at every step, `cblas_?gemv`
  /// for a single sequence, followed by the gate arithmetic. This path is the reference.
  case plain

  /// The environment variable that chooses a path.
  package static let environmentVariable = "GATEWISE_KERNELS"

  /// Returns the current path: the one named by `GATEWISE_KERNELS`, otherwise the tile path. Read once.
  package static func current() throws -> RecurrentPath { try selection.get() }

  private static let selection: Result<RecurrentPath, GatewiseError> = choose(
    getenv(environmentVariable).map { String(cString: $0) })

  /// Returns the path that a value of `GATEWISE_KERNELS` selects.
  static func choose(_ name: String?) -> Result<RecurrentPath, GatewiseError> {
    guard let name, !name.isEmpty else { return .success(.tile) }
    if let path = RecurrentPath(rawValue: name) { return .success(path) }
    let choice = allCases.map(\.rawValue).joined(separator: " or ")
    return .failure(.invalidArgument("\(environmentVariable)=\(name) is not a path of the engine; give \(choice)."))
  }
}
