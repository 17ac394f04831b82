internal import COpenBLAS
import Synchronization

/// The linked OpenBLAS.
///
/// The plain path (`RecurrentPath.plain`) uses it for all products; no result of the default path comes from it.
package enum OpenBLAS {
  /// The version, target and build options, as OpenBLAS reports them.
  package static var configuration: String {
    String(cString: openblas_get_config())
  }

  /// The processor family whose kernels OpenBLAS chose.
  package static var core: String {
    String(cString: openblas_get_corename())
  }

  /// See `Execution.keepsOpenBLASThreads`.
  static let keepsThreads = Atomic<Bool>(false)

  /// Sets OpenBLAS to one thread, once, unless `keepsThreads` is set.
  static func prepare() { _ = prepared }

  private static let prepared: Void = {
    if !keepsThreads.load(ordering: .relaxed) { openblas_set_num_threads(1) }
  }()
}
