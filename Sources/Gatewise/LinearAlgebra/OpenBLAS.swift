internal import COpenBLAS
import Synchronization

/// The linked OpenBLAS.
///
/// The plain path (`RecurrentPath.plain`) uses it for all products; no result of the default path comes from it.
///
/// With OpenBLAS's own threads results would depend on their number, and the number is process-wide. On its first use
/// the plain path therefore sets OpenBLAS to one thread and runs its products from the engine's own `ThreadTeam`. A
/// program that needs OpenBLAS's threads for its own work may set `keepsOwnThreads` before it uses anything else of
/// this library; on the plain path results may then depend on the number of threads.
public enum OpenBLAS {
  /// The version, target and build options, as OpenBLAS reports them.
  package static var configuration: String {
    String(cString: openblas_get_config())
  }

  /// The processor family whose kernels OpenBLAS chose.
  package static var core: String {
    String(cString: openblas_get_corename())
  }

  /// Whether OpenBLAS's thread count stays unchanged; false by default. Set it before the first use of a model.
  public static var keepsOwnThreads: Bool {
    get { ownThreads.load(ordering: .relaxed) }
    set { ownThreads.store(newValue, ordering: .relaxed) }
  }

  private static let ownThreads = Atomic<Bool>(false)

  /// Sets OpenBLAS to one thread, once, unless `keepsOwnThreads` is set.
  static func prepare() { _ = prepared }

  private static let prepared: Void = {
    if !keepsOwnThreads { openblas_set_num_threads(1) }
  }()
}
